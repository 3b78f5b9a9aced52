import { describe, expect, test } from "vitest";
import { Fleet, FAILOVER_MS, STREAM, type WorkerSetup } from "../support/fleet.ts";
import { shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";

const TEN_MINUTES_MS = 600_000;
const DAY_MS = 86_400_000;

/** Notes when records are read. */
function countingReads(reads: number[], fleet: Fleet): WorkerSetup {
  return {
    kinesisFaults: {
      getRecords: (next, ...args) => {
        reads.push(fleet.clock.nowMs());
        return next(...args);
      },
    },
  };
}

describe("97 pause-resume: a pause of ten minutes", () => {
  test("keeps the lease, delivers and reads nothing, and goes on afterwards where it was", async () => {
    const fleet = new Fleet(1);
    const reads: number[] = [];
    const a = fleet.start("a", countingReads(reads, fleet));
    await fleet.put(["before"]);
    await fleet.clock.advance(2000);
    a.consumer.pause();
    await fleet.clock.advance(2000);
    const before = reads.length;
    fleet.start("b", { leases: { maxPerWorker: 1 } });
    for (const i of range(10)) {
      await fleet.put([`r${i}`]);
      await fleet.clock.advance(TEN_MINUTES_MS / 10);
    }
    expect(fleet.texts).toEqual(["before"]);
    expect(reads.length - before).toBeLessThanOrEqual(1);
    expect(fleet.owners).toEqual(["a"]);
    a.consumer.resume();
    await fleet.clock.advance(5000);
    expect(fleet.texts).toEqual(["before", ...range(10).map((i) => `r${i}`)]);
    expect(fleet.delivered.every(({ worker }) => worker === "a")).toBe(true);
    expect(a.told("leaseLost")).toEqual([]);
    expect(a.told("readFailed")).toEqual([]);
    expect([a.told("paused"), a.told("resumed")]).toEqual([[{}], [{}]]);
  });

  test("of one shard leaves the others alone", async () => {
    const fleet = new Fleet(2);
    const a = fleet.start("a");
    await fleet.clock.advance(1000);
    const [paused = "", other = ""] = [0, 1].map(shardIdOf);
    a.consumer.pause({ shardId: paused });
    for (const i of range(20)) await fleet.put([`r${i}`], `key-${i}`);
    await fleet.clock.advance(TEN_MINUTES_MS);
    expect(new Set(fleet.delivered.map(({ shardId }) => shardId))).toEqual(new Set([other]));
    expect(
      a.consumer
        .stats()
        .shards.map(({ state }) => state)
        .toSorted(),
    ).toEqual(["paused", "reading"]);
    a.consumer.resume({ shardId: paused });
    await fleet.clock.advance(1000);
    expect(fleet.texts.toSorted()).toEqual(
      range(20)
        .map((i) => `r${i}`)
        .toSorted(),
    );
    expect(a.told("paused")).toEqual([{ shardId: paused }]);
  });
});

describe("a paused consumer", () => {
  test("finishes the batch in hand and holds back what was read ahead", async () => {
    const fleet = new Fleet(1);
    await fleet.put(range(6).map((i) => `r${i}`));
    const a = fleet.start("a", {
      batch: { maxRecords: 2 },
      handle: () => new Promise<void>((resolve) => void fleet.clock.startTimer(1000, resolve)),
    });
    await fleet.clock.advance(500);
    a.consumer.pause();
    await fleet.clock.advance(FAILOVER_MS);
    expect(fleet.texts).toEqual(["r0", "r1"]);
    expect(a.told("batchProcessed")).toHaveLength(1);
    a.consumer.resume();
    await fleet.clock.advance(2000);
    expect(fleet.texts).toEqual(range(6).map((i) => `r${i}`));
  });

  test("does not try a failing batch again either", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["bad"]);
    const a = fleet.start("a", {
      handle: () => {
        throw new Error("not today");
      },
    });
    await fleet.clock.advance(300);
    a.consumer.pause();
    const tries = a.told("batchFailed").length;
    await fleet.clock.advance(TEN_MINUTES_MS);
    expect(a.told("batchFailed")).toHaveLength(tries);
    a.consumer.resume();
    await fleet.clock.advance(60_000);
    expect(a.told("batchFailed").length).toBeGreaterThan(tries);
  });

  test("can be paused before it runs, and misses nothing at LATEST", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["too early"]);
    await fleet.clock.advance(60_000);
    const a = fleet.start("a", { startAt: "LATEST" });
    a.consumer.pause();
    await fleet.clock.advance(5000);
    expect(fleet.owners).toEqual(["a"]);
    await fleet.put(["meant"]);
    await fleet.clock.advance(TEN_MINUTES_MS);
    expect(fleet.texts).toEqual([]);
    a.consumer.resume();
    await fleet.clock.advance(1000);
    expect(fleet.texts).toEqual(["meant"]);
  });

  test("drains at once", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["x"]);
    const a = fleet.start("a");
    a.consumer.pause();
    await fleet.clock.advance(5000);
    a.stop();
    await fleet.clock.advance(0);
    expect([a.run.state(), fleet.owners]).toEqual(["resolved", [undefined]]);
    expect(fleet.texts).toEqual([]);
  });

  test("goes on with the children of a shard that was split meanwhile", async () => {
    const fleet = new Fleet(1);
    const a = fleet.start("a");
    await fleet.put(["parent"]);
    a.consumer.pause();
    await fleet.clock.advance(2000);
    await fleet.split(0, 2n ** 127n);
    await fleet.put(["child"]);
    await fleet.clock.advance(TEN_MINUTES_MS);
    expect(fleet.texts).toEqual([]);
    a.consumer.resume();
    await fleet.clock.advance(10_000);
    expect(fleet.texts).toEqual(["parent", "child"]);
    expect(fleet.emulator.inspect(STREAM)?.shards).toHaveLength(3);
  });
});

test("a pause that outlasts what the stream keeps is told with what it may have cost, in health for an hour", async () => {
  const fleet = new Fleet(1);
  const a = fleet.start("a", { leases: { failoverMs: 300_000 }, lagWarningMs: 10 ** 9 });
  await fleet.put(["before"]);
  await fleet.clock.advance(2000);
  a.consumer.pause();
  await fleet.clock.advance(TEN_MINUTES_MS);
  await fleet.put(["lost"]);
  await fleet.clock.advance(DAY_MS + TEN_MINUTES_MS);
  await fleet.put(["after"]);
  a.consumer.resume();
  await fleet.clock.advance(5000);
  expect(fleet.texts).toEqual(["before", "after"]);
  const [before, after] = fleet.delivered.map(({ record }) => record.sequenceNumber);
  const place = { shardId: shardIdOf(0), sequenceNumber: before };
  expect(a.told("positionTrimmed")).toMatchObject([{ ...place, resumedAt: after }]);
  expect(a.consumer.stats().records.gaps).toBe(1);
  const { reasons, status } = a.consumer.health();
  expect([status, reasons]).toMatchObject(["degraded", [{ kind: "records-aged-out", ...place }]]);
  await fleet.clock.advance(3_600_000);
  expect(a.consumer.health()).toEqual({ status: "ready", reasons: [] });
});
