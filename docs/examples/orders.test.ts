import { createProducer } from "@shardline/producer";
import { emulatorTest } from "@shardline/emulator/vitest";
import { expect } from "vitest";

const test = emulatorTest({ streams: { orders: 2 } });

test("an order is stored", async ({ emulator }) => {
  await using producer = createProducer({ stream: "orders", kinesis: emulator.kinesis });
  await producer.put({ partitionKey: "customer-7", data: "tea" });

  const stored = emulator.inspect("orders")?.shards.flatMap(({ records }) => records);
  expect(stored).toMatchObject([{ partitionKey: "customer-7" }]);
});

test("an order is put again when the answer is lost", async ({ emulator }) => {
  const effect = { kind: "commitThenDrop" } as const;
  const fault = emulator.faults.add({ effect, match: { operations: "PutRecords" }, times: 1 });
  await using producer = createProducer({ stream: "orders", kinesis: emulator.kinesis });
  await producer.put({ partitionKey: "customer-7", data: "tea" });

  const stored = emulator.inspect("orders")?.shards.flatMap(({ records }) => records);
  expect([fault.hits, stored?.length]).toEqual([1, 2]);
});
