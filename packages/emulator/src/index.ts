// An honest Kinesis, with its lease table, in one process.
export {
  type EmulatorClientConfig,
  type EmulatorEndpoints,
  RunningEmulator,
  startEmulator,
  type StartEmulatorOptions,
} from "./start-emulator.ts";
export type { EmulatorClock } from "./movable-clock.ts";
export { createRequestHandler } from "./create-request-handler.ts";
export type { RequestHandler } from "./http/request-handler.ts";
export { Emulator, type EmulatorStats } from "./emulator.ts";
export type { EmulatorOptions, Transitions } from "./emulator-options.ts";
export { AWS_LIMITS, type LimitedOperation, type Limits } from "./limits/limits.ts";
export type { Injected, InjectedRecord } from "./control/inject.ts";
export type { ReshardRequest } from "./control/reshard-request.ts";
export type { PersistOptions } from "./persist/persist-options.ts";
export type { Caller } from "./stream/namespace.ts";
export type { InspectedConsumer, InspectedShard, InspectedStream } from "./inspect.ts";
export type { ConsumerStatus } from "./fan-out/consumer.ts";
export type { SubscribeToShardEvent } from "./fan-out/subscription-event.ts";
export type { StreamStatus } from "./stream/stream.ts";
export type { LeaseTableRequest } from "./lease-table/lease-table-proxy.ts";

// What can go wrong, and when.
export { parseFaults } from "./faults/fault-file.ts";
export type { Fault, FaultLogEntry, Faults, ListedFault } from "./faults/faults.ts";
export type { FaultInput, FaultPreset, PresetName } from "./faults/fault-presets.ts";
export type { FaultMatch, FaultRule, FaultService, SettledRule } from "./faults/fault-rule.ts";
export type { FaultEffect } from "./faults/fault-effects.ts";
export type { OperationEffect } from "./faults/operation-effects.ts";
export type { Latency, OutcomeEffect } from "./faults/outcome-effects.ts";
export type { Http2Code, WireEffect } from "./faults/wire-effects.ts";
export type {
  EventEffect,
  FrameEffect,
  SubscriptionEffect,
} from "./faults/subscription-effects.ts";
