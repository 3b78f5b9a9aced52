import { createProducer } from "@shardline/producer";

const producer = createProducer({ stream: "orders" });

async function* orders() {
  for (let id = 1; id <= 1000; id += 1) {
    yield { partitionKey: `customer-${id % 50}`, data: JSON.stringify({ id }) };
  }
}

for await (const outcome of producer.putMany(orders())) {
  if (outcome.kind === "failed") console.error("not stored", outcome.error.message);
  else console.log("stored", outcome.receipt.shardId, outcome.record.partitionKey);
}
await producer.close();
