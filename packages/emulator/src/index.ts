// An honest Kinesis, with its lease table, in one process.
export {
  type EmulatorClientConfig,
  RunningEmulator,
  startEmulator,
  type StartEmulatorOptions,
} from "./start-emulator.ts";
export type { EmulatorClock } from "./movable-clock.ts";
export { Emulator, type EmulatorStats } from "./emulator.ts";
export type { EmulatorOptions, Transitions } from "./emulator-options.ts";
export { AWS_LIMITS, type LimitedOperation, type Limits } from "./limits/limits.ts";
export type { Caller } from "./stream/namespace.ts";
export type { InspectedConsumer, InspectedShard, InspectedStream } from "./inspect.ts";
export type { ConsumerStatus } from "./fan-out/consumer.ts";
export type { SubscribeToShardEvent } from "./fan-out/subscription-event.ts";
export type { StreamStatus } from "./stream/stream.ts";
