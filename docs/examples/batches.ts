import { createConsumer } from "@shardline/consumer";

const shutdown = new AbortController();
process.once("SIGTERM", () => shutdown.abort());

const consumer = createConsumer({
  application: "archive",
  stream: "orders",
  startAt: "TRIM_HORIZON",
});

for await (const batch of consumer.batches({ signal: shutdown.signal })) {
  try {
    const lines = batch.records.map(({ data }) => Buffer.from(data).toString());
    if (lines.includes("stop")) break; // not acknowledged: it comes to the next worker
    console.log(lines.join());
    batch.ack();
  } catch (error) {
    batch.fail(error); // it comes again, as onFailure says
  }
}
console.log("every lease is given up");
