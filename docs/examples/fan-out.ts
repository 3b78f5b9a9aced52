import { createConsumer } from "@shardline/consumer";

const shutdown = new AbortController();
process.once("SIGTERM", () => shutdown.abort());

const consumer = createConsumer({
  application: "billing",
  stream: "orders",
  startAt: "TRIM_HORIZON",
  read: { mode: "auto" }, // by subscriptions, and by polling while these fail
  processBatch: ({ records }, { shardId }) => console.log(`${shardId}: ${records.length} orders`),
});
consumer.on("fellBackToPolling", ({ shardId, reason }) => console.error(shardId, reason));

await consumer.run({ signal: shutdown.signal });
