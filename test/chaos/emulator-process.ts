// The process of the emulator: Kinesis and the lease table, on a free port of this machine. When it is asked, it says
// what the stream holds.
import { SeededRandom } from "@shardline/core/testing";
import { startEmulator } from "@shardline/emulator";
import { type EmulatorReady, STREAM } from "./chaos-messages.ts";
import { SHARD_COUNTS } from "./incident-plan.ts";
import { outliveSignals } from "./outlive-signals.ts";
import { storedRecordsOf } from "./stored-records.ts";

/** A stream is UPDATING for so long when it is resharded, and a stream consumer as long on its way in or out. */
const UPDATE_MS = 1000;
/** Little over the five seconds in which one cannot be taken over; the service's five minutes would see few of them. */
const SUBSCRIPTION_MS = 6000;

outliveSignals();
const emulator = await startEmulator({
  streams: { [STREAM]: SHARD_COUNTS[0] as number },
  limits: "aws",
  transitions: { updateMs: UPDATE_MS, consumerMs: UPDATE_MS },
  subscriptionMs: SUBSCRIPTION_MS,
  random: new SeededRandom(Number(process.argv[2])),
});
process.on("message", () => void tellStored());
process.send?.({ client: emulator.clientConfig("kinesis") } satisfies EmulatorReady);

async function tellStored(): Promise<void> {
  const stream = emulator.inspect(STREAM);
  if (stream === undefined) throw new Error(`${STREAM} is gone`);
  process.send?.(await storedRecordsOf(stream));
}
