import { createConsumer } from "@shardline/consumer";

const shutdown = new AbortController();
process.once("SIGTERM", () => shutdown.abort());

const consumer = createConsumer({
  application: "billing", // workers with this name share the shards; it names the lease table
  stream: "orders",
  startAt: "TRIM_HORIZON", // or "LATEST", or a Date
  async processBatch({ records }, { shardId, signal }) {
    for (const { data, partitionKey } of records) {
      signal.throwIfAborted(); // the lease is lost: another worker has these records
      console.log(shardId, partitionKey, JSON.parse(Buffer.from(data).toString()));
    }
  }, // returned: checkpointed; thrown: the batch comes again
});

await consumer.run({ signal: shutdown.signal });
