import { createConsumer } from "@shardline/consumer";

const shutdown = new AbortController();
process.once("SIGTERM", () => shutdown.abort());
const sales = new Map<string, number>();

const consumer = createConsumer({
  application: "sales",
  stream: "orders",
  startAt: new Date(Date.now() - 3_600_000), // for shards that have no lease yet
  batch: { maxRecords: 500 },
  lagWarningMs: 60_000,
  hooks: {
    onShardStarted({ shardId }, { checkpoint }) {
      console.log(`${shardId} begins at ${checkpoint.sequenceNumber}`);
    },
  },
  async processBatch({ records }, { shardId, signal }) {
    for (const { data, sequenceNumber, subSequenceNumber } of records) {
      signal.throwIfAborted(); // the shard is somebody else's now, or the time is over
      const { amount } = JSON.parse(Buffer.from(data).toString()) as { amount: number };
      sales.set(`${shardId}/${sequenceNumber}/${subSequenceNumber}`, amount); // twice is once
    }
  },
});

consumer.on("lagExceeded", ({ lagMs, shardId }) => console.error(`${shardId} is ${lagMs} ms late`));
consumer.on("shardHalted", ({ error, shardId }) => console.error(`${shardId} is halted`, error));

await consumer.run({ signal: shutdown.signal });
const { handled, skipped } = consumer.stats().records;
console.log(`${handled} handled, ${skipped} skipped`);
