import { silentLogger } from "@shardline/core";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { createProducer, type Receipt } from "@shardline/producer";
import { expect, it } from "vitest";
import { placeOf } from "./place.ts";
import { type StoredRecords, storedRecordsOf } from "./stored-records.ts";
import { dataOf, partitionKeyOf } from "./workload.ts";

const STREAM = "chaos";
const KEY = 3;

/** Puts so many records of one key, in one aggregate. */
async function putAll(emulator: RunningEmulator, records: number): Promise<Receipt[]> {
  await using producer = createProducer({
    stream: STREAM,
    kinesis: emulator.kinesis,
    logger: silentLogger,
  });
  return Promise.all(
    Array.from({ length: records }, (_, number) =>
      producer.put({ partitionKey: partitionKeyOf(KEY), data: dataOf({ key: KEY, number }) }),
    ),
  );
}

async function storedIn(emulator: RunningEmulator): Promise<StoredRecords> {
  const stream = emulator.inspect(STREAM);
  if (stream === undefined) throw new Error("no stream");
  return storedRecordsOf(stream);
}

it("chaos: what is stored is where receipts say", async () => {
  await using emulator = await startEmulator({ streams: { [STREAM]: 2 } });
  const receipts = await putAll(emulator, 5);
  const { areForKcl, keys, numbers, places, shardIds, shards } = await storedIn(emulator);
  expect([...places]).toEqual(receipts.map(placeOf));
  expect(Array.from(shards, (index) => shardIds[index])).toEqual(
    receipts.map(({ shardId }) => shardId),
  );
  expect([...keys]).toEqual(Array.from({ length: 5 }, () => KEY));
  expect([...numbers]).toEqual([0, 1, 2, 3, 4]);
  expect([...areForKcl]).toEqual([1, 1, 1, 1, 1]);
});

it("chaos: a copy of an aggregate in another shard counts for no reader, whose records all are out of range", async () => {
  await using emulator = await startEmulator({ streams: { [STREAM]: 2 } });
  const [receipt] = await putAll(emulator, 5);
  const shards = emulator.inspect(STREAM)?.shards ?? [];
  const [aggregate] = shards.flatMap(({ records }) => records);
  const other = shards.find(({ shardId }) => shardId !== receipt?.shardId);
  await emulator.call("PutRecord", {
    StreamName: STREAM,
    Data: aggregate?.data,
    PartitionKey: "any",
    ExplicitHashKey: String(other?.hashKeyRange?.start),
  });
  expect((await storedIn(emulator)).places).toHaveLength(5);
});
