import { readFile } from "node:fs/promises";
import { createProducer, producerOptionsFromKplProperties } from "@shardline/producer";

const [, , path = "default_config.properties"] = process.argv;
const { ignored, options } = producerOptionsFromKplProperties(await readFile(path, "utf8"));
for (const { key, line, reason } of ignored) console.log(`${path}:${line}: ${key}: ${reason}`);

const producer = createProducer({ ...options, stream: "orders" });
await producer.put({ partitionKey: "customer-7", data: "tea" });
await producer.close();
