import { setTimeout as sleep } from "node:timers/promises";
import { createConsumer } from "@shardline/consumer";

const shutdown = new AbortController();
process.once("SIGTERM", () => shutdown.abort());
const balances = new Map<string, number>();

const consumer = createConsumer({
  application: "balances",
  stream: "orders",
  startAt: "TRIM_HORIZON",
  concurrency: 64, // calls at a time, for each shard
  ordering: "partition-key",
  async processRecord({ data, partitionKey = "" }, { signal }) {
    const { amount } = JSON.parse(Buffer.from(data).toString()) as { amount: number };
    await sleep(10, undefined, { signal }); // asks somebody else
    balances.set(partitionKey, (balances.get(partitionKey) ?? 0) + amount); // no other call has this key
  },
});

consumer.on("shardHalted", ({ error, shardId }) =>
  console.error(`a key of ${shardId} rests`, error),
);

await consumer.run({ signal: shutdown.signal });
for (const [customer, balance] of balances) console.log(`${customer}: ${balance}`);
