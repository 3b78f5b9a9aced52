import { describe, expect, test } from "vitest";
import type { ShardLook } from "../../src/shard/shard-look.ts";
import type { ShardProgress } from "../../src/shard/shard-meter.ts";
import { lagOf, shardStats, type StatsTime, totalsOf } from "../../src/status/stats-plan.ts";
import { positionOf } from "../support/leases.ts";

const TIME: StatsTime = { nowMs: 100_000, wallTimeMs: 1e12, idleMs: 1000, retentionMs: 1e8 };
const NO_RATES = { recordsPerSecond: 0, bytesPerSecond: 0, speed: undefined };
const NEW: ShardProgress = {
  startedAtMs: 0,
  lastRead: undefined,
  inHand: undefined,
  movedAtMs: 0,
  rates: NO_RATES,
};

function look(progress: Partial<ShardProgress>, rest: Partial<ShardLook> = {}): ShardLook {
  return {
    shardId: "a",
    leaseEpoch: 1,
    state: "reading",
    isPaused: false,
    haltedAt: undefined,
    position: positionOf(7),
    checkpoint: positionOf(5),
    progress: { ...NEW, ...progress },
    ...rest,
  };
}

const readAgo = (agoMs: number, millisBehindLatest = 0) => ({
  lastRead: { mode: "polling" as const, millisBehindLatest, atMs: TIME.nowMs - agoMs },
});
const inHand = (ageMs: number) => ({
  inHand: { arrivedAtMs: TIME.wallTimeMs - ageMs, sinceMs: TIME.nowMs - 10 },
});

describe("the lag of a shard", () => {
  test.each([
    ["is unknown until there was a read", {}, undefined],
    ["is none where the last read found nothing more", readAgo(900), 0],
    ["is what the last read was behind", readAgo(900, 3000), 3000],
    ["grows with the time since the last read where none followed", readAgo(9000, 3000), 12_000],
    ["is the age of the oldest record in hand", { ...readAgo(0), ...inHand(8000) }, 8000],
    ["is the larger of the two", { ...readAgo(0, 9000), ...inHand(8000) }, 9000],
    ["is no less than none where the clock of this machine is slow", inHand(-500), 0],
  ])("%s", (_, progress, lagMs) => {
    expect(lagOf({ ...NEW, ...progress }, TIME)).toBe(lagMs);
  });
});

describe("the stats of a shard", () => {
  test("tell the worst state first", () => {
    const states = [
      look({}),
      look({}, { isPaused: true }),
      look({}, { isPaused: true, haltedAt: positionOf(8) }),
      look({}, { isPaused: true, haltedAt: positionOf(8), state: "draining" }),
    ].map((one) => shardStats(one, TIME).state);
    expect(states).toEqual(["reading", "paused", "halted", "draining"]);
  });

  test.each([
    ["none where there is no lag", 0, 0.1, 0],
    ["unknown where nothing tells", 5000, undefined, undefined],
    ["the lag over what is gained in each ms", 6000, 4, 2000],
    ["forever at the pace of the stream", 6000, 1, Number.POSITIVE_INFINITY],
    ["forever below it", 6000, 0.5, Number.POSITIVE_INFINITY],
  ])("tell the time to catch up: %s", (_, lagMs, speed, catchUpMs) => {
    const stats = shardStats(look({ ...readAgo(0, lagMs), rates: { ...NO_RATES, speed } }), TIME);
    expect(stats).toMatchObject({ lagMs, catchUpMs, retentionRisk: lagMs / 1e8 });
  });

  test.each([
    ["unknown until a minute has passed", 90_000, 59_000, undefined],
    ["unknown for what came lately", 59_000, 90_000, undefined],
    ["never, once nothing was done for a minute", 90_000, 61_000, Number.POSITIVE_INFINITY],
  ])("tell when a shard that does nothing has caught up: %s", (_, lagMs, unmovedMs, catchUpMs) => {
    const progress = { ...readAgo(0, lagMs), movedAtMs: TIME.nowMs - unmovedMs };
    expect(shardStats(look(progress), TIME)).toMatchObject({ lagMs, catchUpMs });
  });

  test("tell no risk where the retention period is unknown", () => {
    const stats = shardStats(look(readAgo(0, 5)), { ...TIME, retentionMs: undefined });
    expect(stats).toMatchObject({ lagMs: 5, readAgoMs: 0, retentionRisk: undefined });
  });

  test("are the sums, and the worst, of all shards together", () => {
    const rates = { recordsPerSecond: 3, bytesPerSecond: 30, speed: 3 };
    const shards = [{}, { ...readAgo(0, 50), rates }, { ...readAgo(0, 4000), rates }];
    expect(totalsOf(shards.map((progress) => shardStats(look(progress), TIME)))).toEqual({
      recordsPerSecond: 6,
      bytesPerSecond: 60,
      lagMs: 4000,
      catchUpMs: 2000,
      retentionRisk: 4e-5,
    });
    expect(totalsOf([])).toMatchObject({ lagMs: undefined, recordsPerSecond: 0 });
  });
});
