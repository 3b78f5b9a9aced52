import { startEmulator } from "@shardline/emulator";
import { createProducer } from "@shardline/producer";

const emulator = await startEmulator({ streams: { orders: 2 } });
const effect = { kind: "commitThenDrop" } as const; // stored, but the answer is lost
const fault = emulator.faults.add({ effect, match: { operations: "PutRecords" }, times: 1 });

const producer = createProducer({ stream: "orders", kinesis: emulator.kinesis });
await producer.put({ partitionKey: "customer-7", data: "tea" });
await producer.close();

const stored = emulator.inspect("orders")?.shards.flatMap(({ records }) => records);
console.log(`${fault.hits} answer lost, so the record is there ${stored?.length} times`);
await emulator.close();
