// The process of the emulator: Kinesis and the lease table, on a free port of this machine.
import { startEmulator } from "@shardline/emulator";
import { type EmulatorReady, STREAM } from "./chaos-messages.ts";
import { SHARD_COUNTS } from "./incident-plan.ts";
import { outliveSignals } from "./outlive-signals.ts";

/** A stream is UPDATING for so long when it is resharded. */
const UPDATE_MS = 1000;

outliveSignals();
const emulator = await startEmulator({
  streams: { [STREAM]: SHARD_COUNTS[0] as number },
  limits: "aws",
  transitions: { updateMs: UPDATE_MS },
});
process.send?.({ client: emulator.clientConfig("kinesis") } satisfies EmulatorReady);
