import type { KinesisApi } from "@shardline/core";
import { SHARD_END, sentinelPosition } from "@shardline/core";
import { expect, test } from "vitest";
import { intercept } from "../../../../test/support/intercept.ts";
import type { Lease } from "../../src/lease/lease.ts";
import { type LeaseLag, measureLag } from "../../src/operate/lease-lag.ts";
import { failed } from "../support/failures.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { leaseOf, positionOf } from "../support/leases.ts";
import { newReading, STREAM, type Reading } from "../support/polling.ts";

/** Two records, the first 60 s and the second 20 s old. */
async function oldRecords(): Promise<Reading & { readonly sequences: readonly string[] }> {
  const reading = newReading();
  await reading.put("a");
  await reading.clock.advance(40_000);
  await reading.put("b");
  await reading.clock.advance(20_000);
  const records = reading.emulator.inspect("s")?.shards[0]?.records ?? [];
  return { ...reading, sequences: records.map(({ sequenceNumber }) => sequenceNumber) };
}

function lagOf(
  { clock, kinesis }: Pick<Reading, "clock" | "kinesis">,
  fields: Partial<Lease>,
): Promise<LeaseLag> {
  return measureLag(leaseOf(0, fields), { kinesis, stream: STREAM, clock }, ANY_SIGNAL);
}

test("the lag is the age of the first record behind the checkpoint, and 0 behind the last one", async () => {
  const { sequences, ...reading } = await oldRecords();
  const [first = "", second = ""] = sequences;
  expect(await lagOf(reading, {})).toEqual({ kind: "known", lagMs: 60_000 });
  expect(await lagOf(reading, { checkpoint: positionOf(first) })).toEqual({
    kind: "known",
    lagMs: 20_000,
  });
  expect(await lagOf(reading, { checkpoint: positionOf(second) })).toEqual({
    kind: "known",
    lagMs: 0,
  });
});

test("of a halted shard it is that of the record at which it rests, inside an aggregate too", async () => {
  const { sequences, ...reading } = await oldRecords();
  const [, second = ""] = sequences;
  const halted = { checkpoint: positionOf(second, 3), haltedAt: positionOf(second, 4) };
  expect(await lagOf(reading, halted)).toEqual({ kind: "known", lagMs: 20_000 });
});

test("a start that is a time is measured from there, and is unknown where the time is", async () => {
  const reading = await oldRecords();
  const sinceMs = reading.clock.wallTimeMs() - 30_000;
  const latest = sentinelPosition("LATEST");
  const atTimestamp = sentinelPosition("AT_TIMESTAMP");
  const known = { kind: "known", lagMs: 20_000 };
  expect(await lagOf(reading, { checkpoint: latest, latestSinceMs: sinceMs })).toEqual(known);
  expect(await lagOf(reading, { checkpoint: atTimestamp, initialTimestampMs: sinceMs })).toEqual(
    known,
  );
  for (const checkpoint of [latest, atTimestamp]) {
    expect(await lagOf(reading, { checkpoint })).toMatchObject({ kind: "unknown" });
  }
});

test("a shard that was read to its end has none, and is not asked", async () => {
  const reading = newReading();
  const kinesis = intercept<KinesisApi>(reading.kinesis, {
    getShardIterator: () => Promise.reject(new Error("asked")),
  });
  expect(await lagOf({ ...reading, kinesis }, { checkpoint: SHARD_END })).toEqual({
    kind: "ended",
  });
});

test("empty answers are followed, but not for ever", async () => {
  const reading = await oldRecords();
  let empty = 3;
  let reads = 0;
  const kinesis = intercept<KinesisApi>(reading.kinesis, {
    getRecords: async (next, request, signal) => {
      reads += 1;
      if (empty === 0) return next(request, signal);
      empty -= 1;
      const { iterator } = request;
      return { records: [], millisBehindLatest: 59_000, next: { kind: "iterator", iterator } };
    },
  });
  const measured = lagOf({ ...reading, kinesis }, {});
  await reading.clock.advance(5000);
  expect([await measured, reads]).toEqual([{ kind: "known", lagMs: 60_750 }, 4]);
  empty = Infinity;
  reads = 0;
  const endless = lagOf({ ...reading, kinesis }, {});
  await reading.clock.advance(5000);
  expect([await endless, reads]).toEqual([{ kind: "known", lagMs: 59_000 }, 8]);
});

test("what AWS refuses makes the lag unknown, with its words", async () => {
  const reading = newReading();
  const kinesis = intercept<KinesisApi>(reading.kinesis, {
    getShardIterator: () => Promise.reject(failed("throttled")),
  });
  const lag = await lagOf({ ...reading, kinesis }, {});
  expect(lag).toMatchObject({ kind: "unknown", reason: expect.stringMatching(/\w: \w/) });
});
