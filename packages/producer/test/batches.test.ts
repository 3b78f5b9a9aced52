// How records become aggregates, and aggregates calls.
import { sleep } from "@shardline/core";
import { expect, test } from "vitest";
import { setStage, type Stage } from "./support/stage.ts";

/** Data and key of every Kinesis record. */
function sizesOf(stage: Stage): number[] {
  const shards = stage.emulator.inspect("orders")?.shards ?? [];
  return shards.flatMap(({ records }) =>
    records.map(({ data, partitionKey }) => data.length + Buffer.byteLength(partitionKey ?? "")),
  );
}

/** A stage whose producer knows the shards already. */
async function warm(options: Parameters<typeof setStage>[0]): Promise<Stage> {
  const stage = setStage(options);
  const warmUp = stage.put({ partitionKey: "warm-up", data: "" });
  expect((await stage.until(warmUp)).kind).toBe("stored");
  await stage.clock.advance(1000);
  stage.calls.length = 0;
  return stage;
}

function put(stage: Stage, count: number, bytes: number): Promise<unknown> {
  const data = Buffer.alloc(bytes, 1);
  return stage.outcomes(
    Array.from({ length: count }, (_, i) => stage.put({ partitionKey: `key-${i % 10}`, data })),
  );
}

test("S-limit: aggregates of an idle shard stay below aggregation.maxBytes", async () => {
  const stage = await warm({
    shards: 1,
    producer: { ordering: "none", aggregation: { maxBytes: 10_000 } },
  });
  await put(stage, 9, 1000);
  expect(sizesOf(stage).slice(1)).toHaveLength(1);
  await put(stage, 10, 1000);
  const sizes = sizesOf(stage);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(10_000);
  expect(sizes.slice(1)).toHaveLength(3);
});

test("a shard with a backlog is sent larger aggregates, up to 256 KiB", async () => {
  const stage = await warm({ shards: 1, producer: { ratePercent: false } });
  await put(stage, 2000, 1000);
  const sizes = sizesOf(stage);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(262_144);
  expect(Math.max(...sizes)).toBeGreaterThan(250_000);
  expect(stage.stored()).toHaveLength(2001);
});

test("aggregation.maxRecords bounds an aggregate", async () => {
  const stage = await warm({ shards: 1, producer: { aggregation: { maxRecords: 7 } } });
  await put(stage, 70, 10);
  expect(sizesOf(stage).slice(1)).toHaveLength(10);
});

test("S-500: without aggregation 501 records take two calls", async () => {
  const stage = await warm({
    shards: 8,
    producer: { aggregation: false, ratePercent: false },
  });
  await put(stage, 501, 10);
  expect(stage.calls).toEqual([500, 1]);
});

test("batch.maxRecords bounds a call", async () => {
  const stage = await warm({
    shards: 1,
    producer: { aggregation: false, ratePercent: false, batch: { maxRecords: 10 } },
  });
  await put(stage, 25, 10);
  expect(stage.calls).toEqual([10, 10, 5]);
});

test("S-batch-bytes: batch.maxBytes bounds a call, and a larger record goes alone", async () => {
  const stage = await warm({
    shards: 8,
    producer: { aggregation: false, ratePercent: false, batch: { maxBytes: 300_000 } },
  });
  await put(stage, 10, 100_000);
  expect(stage.calls.every((entries) => entries <= 2)).toBe(true);
  stage.calls.length = 0;
  await put(stage, 1, 400_000);
  expect(stage.calls).toEqual([1]);
});

test("S-shard-guard: one shard gets at most 256 KiB of a call", async () => {
  const stage = await warm({
    shards: 1,
    producer: { aggregation: false, ratePercent: false },
  });
  await put(stage, 10, 100_000);
  expect(stage.calls).toEqual([2, 2, 2, 2, 2]);
});

test("S-giant: a record larger than an aggregate leaves at once, behind what came before it", async () => {
  const stage = await warm({ shards: 1 });
  const startedAtMs = stage.clock.nowMs();
  const puts = [
    stage.put({ partitionKey: "k", data: "small" }),
    stage.put({ partitionKey: "k", data: Buffer.alloc(60_000, "G") }),
  ];
  await stage.outcomes(puts);
  expect(stage.clock.nowMs() - startedAtMs).toBeLessThan(100);
  expect(stage.stored().map(({ data }) => data[0])).toEqual([undefined, "s", "G"]);
});

test("S-late-seal: what arrives while a call is under way shares one aggregate", async () => {
  const stage = await warm({
    shards: 1,
    faults: (clock) => ({
      putRecords: async (next, request, signal) => {
        await sleep(clock, 500, signal);
        return next(request, signal);
      },
    }),
  });
  const puts = [stage.put({ partitionKey: "k", data: "first" })];
  await stage.clock.advance(150);
  for (let i = 0; i < 200; i += 1) puts.push(stage.put({ partitionKey: "k", data: `${i}` }));
  await stage.outcomes(puts);
  expect(stage.carriers()).toBe(3);
});

test("calls under way at the same time are bounded by maxInFlightRequests", async () => {
  let underWay = 0;
  let most = 0;
  const stage = await warm({
    shards: 16,
    producer: {
      ordering: "none",
      ratePercent: false,
      maxInFlightRequests: 3,
      batch: { maxRecords: 1 },
    },
    faults: (clock) => ({
      putRecords: async (next, request, signal) => {
        underWay += 1;
        most = Math.max(most, underWay);
        await sleep(clock, 50, signal);
        underWay -= 1;
        return next(request, signal);
      },
    }),
  });
  const puts = Array.from({ length: 200 }, (_, i) =>
    stage.put({ partitionKey: `k${i}`, data: "x" }),
  );
  const outcomes = await stage.outcomes(puts);
  expect(outcomes.every(({ kind }) => kind === "stored")).toBe(true);
  expect(most).toBe(3);
});

test("R-bucket: a shard is written to at its rate, after a first burst", async () => {
  const stage = await warm({
    shards: 1,
    producer: { aggregation: false, ratePercent: 100 },
  });
  const startedAtMs = stage.clock.nowMs();
  await put(stage, 3000, 1);
  const seconds = (stage.clock.nowMs() - startedAtMs) / 1000;
  expect(seconds).toBeGreaterThan(1.95);
  expect(seconds).toBeLessThan(2.3);
});

test("R-large-debt: a record larger than the bucket passes a full one, and the next ones pay for it", async () => {
  const stage = await warm({
    shards: 1,
    producer: { aggregation: false, ratePercent: 100, maxRecordBytes: 10_485_760 },
  });
  const startedAtMs = stage.clock.nowMs();
  const big = stage.put({ partitionKey: "k", data: Buffer.alloc(1_040_000) });
  const second = stage.put({ partitionKey: "k", data: Buffer.alloc(1_040_000) });
  await stage.until(big);
  expect(stage.clock.nowMs() - startedAtMs).toBeLessThan(110);
  await stage.until(second);
  const seconds = (stage.clock.nowMs() - startedAtMs) / 1000;
  expect(seconds).toBeGreaterThan(0.9);
  expect(seconds).toBeLessThan(1.2);
});
