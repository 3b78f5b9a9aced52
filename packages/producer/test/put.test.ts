// A put, and what comes back of it.
import { MAX_HASH_KEY } from "@shardline/core";
import type { Receipt } from "@shardline/producer";
import { expect, test } from "vitest";
import { receiptOf } from "./support/outcomes.ts";
import { type Outcome, setStage, type Stage } from "./support/stage.ts";

function receiptsOf(outcomes: readonly Outcome[]): Receipt[] {
  return outcomes.map(receiptOf);
}

async function putAll(stage: Stage, keys: readonly string[]): Promise<Outcome[]> {
  return stage.outcomes(keys.map((partitionKey, i) => stage.put({ partitionKey, data: `${i}` })));
}

test("a record alone travels as it is, placed by its key's hash", async () => {
  const stage = setStage();
  await putAll(stage, ["warm-up"]);
  const [receipt] = receiptsOf(await putAll(stage, ["customer-7"]));
  const stored = stage.stored().find(({ partitionKey }) => partitionKey === "customer-7");
  expect(stored).toEqual({
    partitionKey: "customer-7",
    data: "0",
    shardId: receipt?.shardId,
    sequenceNumber: receipt?.sequenceNumber,
    subSequenceNumber: 0,
  });
  expect(receipt?.attempts).toEqual([{ delayMs: 100, durationMs: 0 }]);
});

test("A-subseq: records of an aggregate are numbered as a worker of the KCL numbers them", async () => {
  const stage = setStage({ shards: 1 });
  const receipts = receiptsOf(await putAll(stage, ["a", "b", "c"]));
  expect(receipts.map(({ subSequenceNumber }) => subSequenceNumber)).toEqual([0, 1, 2]);
  expect(stage.stored()).toMatchObject(
    receipts.map(({ sequenceNumber, shardId, subSequenceNumber }) => {
      return { sequenceNumber, shardId, subSequenceNumber };
    }),
  );
  expect(stage.carriers()).toBe(1);
});

test("S-latency: a record waits 100 ms for company, and not longer", async () => {
  const stage = setStage();
  await stage.until(stage.put({ partitionKey: "warm-up", data: "" }));
  const before = stage.calls.length;
  void stage.put({ partitionKey: "k", data: "x" });
  await stage.clock.advance(99);
  expect(stage.calls.length).toBe(before);
  await stage.clock.advance(1);
  expect(stage.calls.length).toBe(before + 1);
});

test("S-latency: with no delay it leaves in the same turn as its company", async () => {
  const stage = setStage({ shards: 1, producer: { batch: { maxDelayMs: 0 } } });
  await stage.until(stage.put({ partitionKey: "warm-up", data: "" }));
  const puts = ["a", "b", "c"].map((partitionKey) => stage.put({ partitionKey, data: "x" }));
  const startedAtMs = stage.clock.nowMs();
  const receipts = receiptsOf(await stage.outcomes(puts));
  expect(stage.clock.nowMs()).toBe(startedAtMs);
  expect(new Set(receipts.map(({ sequenceNumber }) => sequenceNumber)).size).toBe(1);
});

test("an explicit hash key places the record, and travels in canonical form", async () => {
  const stage = setStage({ shards: 2 });
  const puts = ["007", MAX_HASH_KEY].map((explicitHashKey) =>
    stage.put({ partitionKey: "same", explicitHashKey, data: "x" }),
  );
  const receipts = receiptsOf(await stage.outcomes(puts));
  expect(receipts.map(({ shardId }) => shardId)).toEqual([
    "shardId-000000000000",
    "shardId-000000000001",
  ]);
});

test("the caller's context comes back with the receipt", async () => {
  const stage = setStage();
  const context = { order: 7 };
  const [receipt] = receiptsOf(
    await stage.outcomes([stage.put({ partitionKey: "k", data: "x", context })]),
  );
  expect(receipt?.context).toBe(context);
});

test("the caller's buffer may be reused at once, also while the record waits for room", async () => {
  const stage = setStage({ shards: 1, producer: { buffer: { maxRecords: 2 } } });
  const buffer = Buffer.alloc(1);
  const puts = Array.from({ length: 6 }, (_, i) => {
    buffer.fill(String(i));
    return stage.put({ partitionKey: "k", data: buffer });
  });
  receiptsOf(await stage.outcomes(puts));
  expect(stage.stored().map(({ data }) => data)).toEqual(["0", "1", "2", "3", "4", "5"]);
});

test("W-escape: a payload that is an aggregate itself comes out as it went in", async () => {
  const stage = setStage({ shards: 1 });
  receiptsOf(await putAll(stage, ["a", "b"]));
  const aggregate = stage.emulator.inspect("orders")?.shards[0]?.records[0]?.data as Uint8Array;
  const [receipt] = receiptsOf(
    await stage.outcomes([stage.put({ partitionKey: "c", data: aggregate })]),
  );
  const read = stage
    .stored()
    .find(({ sequenceNumber }) => sequenceNumber === receipt?.sequenceNumber);
  expect(read?.data).toBe(Buffer.from(aggregate).toString());
});

test("W-escape: without aggregation it is sent untouched", async () => {
  const stage = setStage({ shards: 1, producer: { aggregation: false } });
  const magic = Buffer.concat([Buffer.from("f3899ac2", "hex"), Buffer.alloc(20)]);
  receiptsOf(await stage.outcomes([stage.put({ partitionKey: "c", data: magic })]));
  const stored = stage.emulator.inspect("orders")?.shards[0]?.records[0]?.data;
  expect(Buffer.from(stored ?? []).equals(magic)).toBe(true);
});

test("W-empty: no data is data", async () => {
  const stage = setStage({ shards: 1 });
  receiptsOf(await stage.outcomes([stage.put({ partitionKey: "a", data: "" })]));
  receiptsOf(
    await stage.outcomes(["a", "b"].map((key) => stage.put({ partitionKey: key, data: "" }))),
  );
  expect(stage.stored().map(({ data }) => data)).toEqual(["", "", ""]);
});
