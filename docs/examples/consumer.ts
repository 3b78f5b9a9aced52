import { createConsumer } from "@shardline/consumer";

const shutdown = new AbortController();
process.once("SIGTERM", () => shutdown.abort());

await createConsumer({
  application: "billing", // workers with this name share the shards; it names the lease table
  stream: "orders",
  startAt: "TRIM_HORIZON", // or "LATEST", or a Date
  processBatch({ records }, { shardId }) {
    for (const { data, partitionKey } of records) {
      console.log(shardId, partitionKey, JSON.parse(Buffer.from(data).toString()));
    }
  }, // returned: checkpointed; thrown: the batch comes again
}).run({ signal: shutdown.signal });
