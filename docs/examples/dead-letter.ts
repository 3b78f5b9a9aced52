import { appendFile, readFile } from "node:fs/promises";
import { createProducer } from "@shardline/producer";

const [, , orders = "orders.txt", deadLetters = "dead-letters.jsonl"] = process.argv;
const producer = createProducer({ stream: "orders", recordTtlMs: 60_000 });
const lines = (await readFile(orders, "utf8")).trim().split("\n");
const records = lines.map((data, line) => ({ partitionKey: `${line % 50}`, data, context: line }));

for await (const outcome of producer.putMany(records)) {
  if (outcome.kind === "stored") continue;
  const { code, message } = outcome.error;
  await appendFile(deadLetters, `${JSON.stringify({ code, message, ...outcome.record })}\n`);
}
await producer.close();
