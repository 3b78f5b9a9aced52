import { createProducer } from "@shardline/producer";

const producer = createProducer({ stream: "orders" });
const orders = setInterval(() => {
  producer.write({ partitionKey: "customer-7", data: new Date().toISOString() });
}, 1);

process.once("SIGTERM", (signal) => {
  clearInterval(orders); // first nothing new comes in
  void producer.close({ timeoutMs: 10_000 }).then(({ abandoned, failed, stored }) => {
    console.log(`${stored} stored, ${failed} not, ${abandoned.length} of them given up`);
    process.kill(process.pid, signal); // nobody listens any more, so that it ends the process
  });
});
