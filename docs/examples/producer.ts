import { createProducer } from "@shardline/producer";

const orders = [
  { customer: "customer-7", item: "tea", quantity: 2 },
  { customer: "customer-9", item: "cups", quantity: 6 },
];

// Region and credentials come from where the AWS SDK finds them.
const producer = createProducer({ stream: "orders" });

for (const order of orders) {
  await producer.ready(); // back-pressure: waits while the buffer is full
  producer
    .put({ partitionKey: order.customer, data: JSON.stringify(order) })
    .then(({ shardId, sequenceNumber }) => console.log("stored", shardId, sequenceNumber))
    .catch((error) => console.error("not stored", error.code, error.details.record));
}

await producer.close(); // everything put so far is settled
