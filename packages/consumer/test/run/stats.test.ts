import { expect, describe, test } from "vitest";
import { sleep } from "@shardline/core";
import { Fleet } from "../support/fleet.ts";
import { textOf } from "../support/kinesis-records.ts";
import { shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { newGate } from "../support/promises.ts";

const SLOW_MS = 36 * 60_000;
const NOTHING = {
  handled: 0,
  skipped: 0,
  deadLettered: 0,
  outOfRange: 0,
  malformed: 0,
  gaps: 0,
  failures: 0,
};

describe("stats", () => {
  test("say nothing of what is not known yet", async () => {
    const fleet = new Fleet(1);
    const { consumer } = fleet.start("a");
    expect(consumer.stats()).toEqual({
      workerId: "a",
      leases: 0,
      unreadableLeases: 0,
      shards: [],
      recordsPerSecond: 0,
      bytesPerSecond: 0,
      records: NOTHING,
    });
  });

  test("85 idle-shard: tell a lag of 0 where there is nothing to do", async () => {
    const fleet = new Fleet(1);
    const { consumer } = fleet.start("a");
    await fleet.clock.advance(30_500);
    const [shard] = consumer.stats().shards;
    expect(shard).toMatchObject({
      shardId: shardIdOf(0),
      leaseEpoch: 1,
      state: "reading",
      position: { sequenceNumber: "TRIM_HORIZON" },
      millisBehindLatest: 0,
      inHandForMs: 0,
      lagMs: 0,
      retentionRisk: 0,
      catchUpMs: 0,
      recordsPerSecond: 0,
    });
    expect(shard?.readAgoMs).toBeLessThanOrEqual(1000);
    expect(consumer.stats()).toMatchObject({ leases: 1, lagMs: 0, retentionRisk: 0 });
  });

  test("tell what was done, how fast, and what of it is checkpointed", async () => {
    const fleet = new Fleet(1);
    const { consumer } = fleet.start("a");
    await fleet.clock.advance(5000);
    for (const i of range(60)) {
      await fleet.put([`r${i % 10}`, `s${i % 10}`]);
      await fleet.clock.advance(1000);
    }
    const { bytesPerSecond, records, recordsPerSecond, shards } = consumer.stats();
    expect(records).toEqual({ ...NOTHING, handled: 120 });
    expect(recordsPerSecond).toBeCloseTo(2, 0);
    expect(bytesPerSecond).toBeCloseTo(4, 0);
    const last = fleet.delivered.at(-1)?.record.sequenceNumber;
    expect(shards[0]?.position.sequenceNumber).toBe(last);
    expect(shards[0]?.checkpoint).toEqual(fleet.table.snapshot()[0]?.checkpoint);
    expect(shards[0]?.checkpoint.sequenceNumber).not.toBe(last);
  });

  test("tell how old the oldest record is that is not done, and its part of what the stream keeps", async () => {
    const fleet = new Fleet(2);
    const gate = newGate();
    await fleet.put(["slow"]);
    const { consumer } = fleet.start("a", { handle: () => gate.opened });
    await fleet.clock.advance(SLOW_MS);
    const { lagMs, retentionRisk, shards } = consumer.stats();
    expect(lagMs).toBe(SLOW_MS);
    expect(retentionRisk).toBeCloseTo(0.025, 5);
    const slow = shards.find(({ inHandForMs }) => inHandForMs > 0);
    expect(slow?.lagMs).toBe(SLOW_MS);
    expect(slow?.inHandForMs).toBeGreaterThan(SLOW_MS - 1000);
    expect(shards.find((shard) => shard !== slow)?.lagMs).toBe(0);
    gate.open();
    await fleet.clock.advance(2000);
    expect(consumer.stats()).toMatchObject({ lagMs: 0, retentionRisk: 0 });
  });

  test("tell the time to catch up from how fast the last minute went", async () => {
    const fleet = new Fleet(1);
    for (const i of range(600)) {
      await fleet.put([`r${i}`]);
      await fleet.clock.advance(1000);
    }
    // Ten minutes behind, and three seconds of the stream are done in each second.
    const { consumer } = fleet.start("a", {
      batch: { maxRecords: 3 },
      handle: (_, { signal }) => sleep(fleet.clock, 1000, signal),
    });
    await fleet.clock.advance(90_000);
    const { catchUpMs = 0, lagMs = 0 } = consumer.stats();
    expect(lagMs).toBeGreaterThan(400_000);
    expect(catchUpMs / (lagMs / 2)).toBeGreaterThan(0.9);
    expect(catchUpMs / (lagMs / 2)).toBeLessThan(1.1);
    consumer.pause();
    await fleet.clock.advance(60_000);
    expect(consumer.stats().catchUpMs).toBeUndefined();
    expect(consumer.stats().shards).toMatchObject([{ state: "paused" }]);
  });

  test("say that what falls back never catches up", async () => {
    const fleet = new Fleet(1);
    const { consumer } = fleet.start("a", {
      batch: { maxRecords: 1 },
      handle: (_, { signal }) => sleep(fleet.clock, 2000, signal),
    });
    for (const i of range(90)) {
      await fleet.put([`r${i}`]);
      await fleet.clock.advance(1000);
    }
    expect(consumer.stats().catchUpMs).toBe(Number.POSITIVE_INFINITY);
  });

  test("count what was skipped, and tell a shard that is halted", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["bad", "good"]);
    const { consumer } = fleet.start("a", {
      handle: ({ records }) => {
        if (records.some((record) => textOf(record) === "bad")) throw new Error("bad");
      },
    });
    await fleet.clock.advance(30_000);
    expect(consumer.stats().shards).toMatchObject([{ state: "halted" }]);
    consumer.skipRecord(shardIdOf(0));
    await fleet.clock.advance(1000);
    expect(consumer.stats().shards).toMatchObject([{ state: "reading" }]);
    const { records } = consumer.stats();
    expect(records).toMatchObject({ handled: 1, skipped: 1, deadLettered: 0 });
    expect(records.failures).toBeGreaterThan(0);
  });

  test("are what is left after the end", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["x"]);
    const a = fleet.start("a");
    await fleet.clock.advance(1000);
    a.stop();
    await fleet.clock.advance(1000);
    const after = a.consumer.stats();
    expect(after).toMatchObject({ leases: 0, shards: [], records: { ...NOTHING, handled: 1 } });
    expect(Object.isFrozen(after)).toBe(true);
  });
});
