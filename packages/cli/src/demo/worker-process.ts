// A worker of the demo, in a process of its own: hands each batch to the demo and returns from the handler when the demo
// has seen it.
import { type ConsumedRecord, createConsumer } from "@shardline/consumer";
import { silentLogger } from "@shardline/core";
import { explain } from "../failure.ts";
import type { DeliveredRecord, FromWorker, ToWorker, WorkerSetup } from "./messages.ts";

const IDLE_MS = 250;

const stop = new AbortController();
const unseen = new Map<number, () => void>();
let batches = 0;

process.on("message", (message: ToWorker) => {
  if (message.kind === "start") void work(message.setup);
  if (message.kind === "stop") stop.abort();
  if (message.kind === "seen") {
    unseen.get(message.batch)?.();
    unseen.delete(message.batch);
  }
});
// Without the demo there is nothing to do and nobody to tell.
process.on("disconnect", () => process.exit());
// Ctrl-C reaches the whole group of processes; the demo says when to stop.
process.on("SIGINT", () => undefined);

async function work(setup: WorkerSetup): Promise<void> {
  const { application, dynamodb, failoverMs, kinesis, stream, workerId } = setup;
  const consumer = createConsumer({
    application,
    stream,
    startAt: "TRIM_HORIZON",
    kinesis,
    dynamodb,
    workerId,
    leases: { failoverMs },
    read: { idleMs: IDLE_MS },
    logger: silentLogger,
    processBatch: ({ records }, { shardId }) => {
      batches += 1;
      const batch = batches;
      const seen = new Promise<void>((resolve) => unseen.set(batch, resolve));
      tell({ kind: "batch", batch, shardId, records: records.map(pickDelivered) });
      return seen;
    },
  });
  const held = (isHeld: boolean) => (event: { readonly shardId: string }) =>
    tell({ kind: "lease", shardId: event.shardId, isHeld });
  consumer.on("leaseTaken", held(true));
  consumer.on("leaseReleased", held(false));
  consumer.on("leaseLost", held(false));
  try {
    await consumer.run({ signal: stop.signal });
    process.exitCode = 0;
  } catch (error) {
    tell({ kind: "failed", reason: explain(error) });
    process.exitCode = 1;
  }
  // By way of send: Node 20 breaks down when a channel is closed while a message is on its way in.
  process.send?.({ kind: "done" } satisfies FromWorker, () => process.disconnect());
}

function tell(message: FromWorker): void {
  process.send?.(message);
}

function pickDelivered({
  data,
  sequenceNumber,
  subSequenceNumber,
}: ConsumedRecord): DeliveredRecord {
  return { data, sequenceNumber, subSequenceNumber };
}
