import assert from "node:assert/strict";
import { test } from "node:test";
import { createProducer } from "@shardline/producer";
import { emulatorFor } from "@shardline/emulator/node-test";

test("an order is stored", async (context) => {
  const emulator = await emulatorFor(context, { streams: { orders: 2 } });
  const producer = createProducer({ stream: "orders", kinesis: emulator.kinesis });
  context.after(() => producer.close());
  await producer.put({ partitionKey: "customer-7", data: "tea" });

  const stored = emulator.inspect("orders")?.shards.flatMap(({ records }) => records);
  assert.equal(stored?.length, 1);
});
