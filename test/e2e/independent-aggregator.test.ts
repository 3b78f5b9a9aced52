// Records that cross between our command line and the npm package aws-kinesis-agg, which shares no code with us.
import { type KinesisRecord, MAX_HASH_KEY } from "@shardline/core";
import { startEmulator } from "@shardline/emulator";
import { deaggregateSync, RecordAggregator, type UserRecord } from "aws-kinesis-agg";
import { expect, test } from "vitest";
import { shardline } from "../support/shardline.ts";

const STREAM = { name: "orders" };

/** What the other package makes of a stored record. */
function deaggregated({ data, partitionKey, sequenceNumber }: KinesisRecord): UserRecord[] {
  const payload = { data: Buffer.from(data).toString("base64"), partitionKey, sequenceNumber };
  let records: UserRecord[] | undefined;
  deaggregateSync(payload as Parameters<typeof deaggregateSync>[0], true, (error, found) => {
    if (error) throw error;
    records = found;
  });
  return records ?? [];
}

test("what shardline put aggregates, aws-kinesis-agg reads", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const lines = Array.from({ length: 500 }, (_, i) => `order ${i} for café ☃`);
  const args = ["put", "orders", "--key", "customer-7", "--endpoint", emulator.endpoint];
  const { code } = await shardline(args, lines.join("\n"));
  expect(code).toBe(0);

  const stored = emulator.inspect("orders")?.shards.flatMap(({ records }) => records) ?? [];
  expect(stored.length).toBeLessThan(10);
  const read = stored.flatMap(deaggregated);
  expect(read.map(({ data }) => Buffer.from(data, "base64").toString())).toEqual(lines);
  expect(new Set(read.map(({ partitionKey }) => partitionKey))).toEqual(new Set(["customer-7"]));
});

test("what aws-kinesis-agg aggregates, shardline tail shows, and marks what a KCL would not deliver", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  const aggregator = new RecordAggregator();
  const orders = Array.from({ length: 40 }, (_, i) => ({
    partitionKey: `customer-${i}`,
    data: Buffer.from(`order ${i}`),
  }));
  for (const order of orders) aggregator.addUserRecord(order);
  const aggregate = aggregator.build();
  // It packs keys of both shards together, and they land on the second.
  const entry = {
    data: aggregate?.data ?? Buffer.alloc(0),
    partitionKey: aggregate?.partitionKey ?? "",
    explicitHashKey: MAX_HASH_KEY.toString(),
  };
  const { signal } = new AbortController();
  await emulator.kinesis.putRecords({ stream: STREAM, entries: [entry] }, signal);

  const args = ["tail", "orders", "--from", "trim-horizon", "--limit", "40"];
  const { code, stdout } = await shardline([...args, "--endpoint", emulator.endpoint]);
  const shown = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(code).toBe(0);
  expect(shown.map(({ data, partitionKey }) => ({ data, partitionKey }))).toEqual(
    orders.map(({ data, partitionKey }) => ({ data: data.toString(), partitionKey })),
  );
  expect(shown.map(({ subSequenceNumber }) => subSequenceNumber)).toEqual(orders.map((_, i) => i));
  const marked = shown.filter(({ isOutOfRange }) => isOutOfRange === true);
  expect(marked.length).toBeGreaterThan(0);
  expect(marked.length).toBeLessThan(orders.length);
});
