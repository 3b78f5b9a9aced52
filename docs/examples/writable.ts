import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createProducer } from "@shardline/producer";

const [, , path = "orders.csv"] = process.argv;
const producer = createProducer({ stream: "orders" });
const lines = Readable.from((await open(path)).readLines());

// The first column, the customer, is the partition key.
const toRecord = (line: string) => ({ partitionKey: line.split(",")[0] ?? "", data: line });

await pipeline(lines, producer.writable({ toRecord })); // resolves when every line is stored
await producer.close();
