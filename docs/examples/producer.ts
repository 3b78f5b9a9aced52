import { createProducer } from "@shardline/producer";

// Region and credentials come from where the AWS SDK finds them.
const producer = createProducer({ stream: "orders" });

for (const item of ["tea", "cups"]) {
  await producer.ready(); // back-pressure: waits while the buffer is full
  producer
    .put({ partitionKey: "customer-7", data: JSON.stringify({ item }) })
    .then(({ shardId, sequenceNumber }) => console.log("stored", shardId, sequenceNumber))
    .catch((error) => console.error("not stored", error.code, error.details.record));
}

await producer.close(); // everything put so far is settled
