import { KinesisError, sleep } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import type { StartPosition } from "../../src/shard/start-position.ts";
import { failed } from "../support/failures.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { leaseOf, nativeLease, shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { newSync } from "../support/syncing.ts";

test("48 init-trim: an empty table gets a lease for every shard where none is closed, unowned, with its range and the time of the stream", async () => {
  const { begin, clock, created, memory, told } = newSync();
  begin();
  await clock.advance(0);
  const half = 2n ** 127n;
  const streamEpoch = Math.floor(clock.wallTimeMs() / 1000);
  expect(memory.snapshot()).toEqual([
    leaseOf(0, { hashKeyRange: { start: 0n, end: half - 1n }, streamEpoch }),
    leaseOf(1, { hashKeyRange: { start: half, end: 2n ** 128n - 1n }, streamEpoch }),
  ]);
  expect(told.of("leasesCreated")).toEqual([{ shardIds: [0, 1].map(shardIdOf) }]);
  expect(created()).toBe(1);
});

/** Two shards, each split in its second: 0 into 2 and 3, 1 into 4 and 5. What is leased, and where it begins. */
async function leasedAfterSplits(
  startOf: (beganAtMs: number) => StartPosition,
): Promise<[string, string][]> {
  const sync = newSync({ shards: 2 });
  const { clock, emulator, memory } = sync;
  const start = startOf(clock.wallTimeMs());
  const quarter = 2n ** 126n;
  for (const [index, newStartingHashKey] of [quarter, 3n * quarter].entries()) {
    await clock.advance(1000);
    const split = { stream: { name: "s" }, shardId: shardIdOf(index), newStartingHashKey };
    await emulator.kinesis().splitShard(split, ANY_SIGNAL);
  }
  await clock.advance(1000);
  sync.begin({ start });
  await clock.advance(0);
  return memory.snapshot().map(({ checkpoint, shardId }) => [shardId, checkpoint.sequenceNumber]);
}

test("48 init-latest: of four open and two closed shards the open ones get a lease", async () => {
  expect(await leasedAfterSplits(() => ({ type: "LATEST" }))).toEqual(
    [2, 3, 4, 5].map((i) => [shardIdOf(i), "LATEST"]),
  );
});

// Not all six: what AT_TRIM_HORIZON lists must cover every hash key once, and the children follow at their parents' ends.
test("48 init-trim: of four open and two closed shards the oldest get a lease", async () => {
  expect(await leasedAfterSplits(() => ({ type: "TRIM_HORIZON" }))).toEqual(
    [0, 1].map((i) => [shardIdOf(i), "TRIM_HORIZON"]),
  );
});

test.each([
  [500, "before both splits", [0, 1]],
  [1500, "between the splits", [1, 2, 3]],
  [2500, "after both splits", [2, 3, 4, 5]],
] as const)(
  "48 init-timestamp: of four open and two closed shards those get a lease that were open at %i ms, %s",
  async (afterMs, _, alive) => {
    const startOf = (beganAtMs: number): StartPosition => {
      return { type: "AT_TIMESTAMP", timestampMs: beganAtMs + afterMs };
    };
    expect(await leasedAfterSplits(startOf)).toEqual(
      alive.map((i) => [shardIdOf(i), "AT_TIMESTAMP"]),
    );
  },
);

test("the time of AT_TIMESTAMP is written down", async () => {
  const timestampMs = 1_700_000_000_000;
  const { begin, clock, memory } = newSync({ start: { type: "AT_TIMESTAMP", timestampMs } });
  begin();
  await clock.advance(0);
  expect(memory.snapshot().map(({ initialTimestampMs }) => initialTimestampMs)).toEqual([
    timestampMs,
    timestampMs,
  ]);
});

test("beside leases only what is missing is created; nothing is told where nothing was", async () => {
  const { begin, clock, created, listedAtMs, memory, told } = newSync({ shards: 3 });
  const mine = leaseOf(1, { owner: "me", hashKeyRange: { start: 5n, end: 6n } });
  await memory.create(mine, ANY_SIGNAL);
  begin();
  await clock.advance(0);
  expect(memory.snapshot()).toHaveLength(3);
  expect(memory.snapshot()[0]).toEqual(mine);
  await clock.advance(200_000);
  expect(listedAtMs.length).toBeGreaterThan(2);
  expect(told.of("leasesCreated")).toHaveLength(1);
  expect(created()).toBe(1);
});

test("the table is looked at every half minute, give or take a fifth, and the shards only if need be", async () => {
  const lookedAtMs: number[] = [];
  const { begin, clock, listedAtMs } = newSync({
    tableFaults: {
      list: (next, signal) => {
        lookedAtMs.push(clock.nowMs());
        return next(signal);
      },
    },
  });
  begin();
  await clock.advance(600_000);
  const gaps = lookedAtMs.slice(1).map((atMs, i) => atMs - (lookedAtMs[i] as number));
  for (const gap of gaps) {
    expect(gap).toBeGreaterThanOrEqual(24_000);
    expect(gap).toBeLessThanOrEqual(36_000);
  }
  expect(new Set(gaps).size).toBe(gaps.length);
  expect(listedAtMs).toHaveLength(1);
});

test("what another worker created meanwhile is not told as created, but is to be had", async () => {
  const { begin, clock, created, told } = newSync({
    tableFaults: { create: () => Promise.resolve(false) },
  });
  begin();
  await clock.advance(0);
  expect(told.of("leasesCreated")).toEqual([]);
  expect(created()).toBe(1);
});

test("a listing with a hole is asked for again after a second, and told", async () => {
  let isWhole = false;
  const { begin, clock, memory, told } = newSync({
    kinesisFaults: {
      listShards: async (next, ...args) => {
        const answer = await next(...args);
        return isWhole ? answer : { ...answer, shards: answer.shards.slice(1) };
      },
    },
  });
  begin();
  await clock.advance(999);
  expect(told.of("shardSyncFailed")).toEqual([
    { reason: "the listed shards do not cover every hash key once" },
  ]);
  expect(memory.snapshot()).toEqual([]);
  expect(told.of("shardSyncRecovered")).toEqual([]);
  isWhole = true;
  await clock.advance(1);
  expect(memory.snapshot()).toHaveLength(2);
  expect(told.of("shardSyncRecovered")).toEqual([{}]);
});

test("53 list-throttle: a listing that is throttled is told and repeated with growing pauses of three seconds at most", async () => {
  const { begin, clock, listedAtMs, told } = newSync({
    kinesisFaults: {
      listShards: () => Promise.reject(failed("throttled", "LimitExceededException")),
    },
  });
  const syncer = begin();
  await clock.advance(300_000);
  expect(syncer.state()).toBe("pending");
  const gaps = listedAtMs.slice(1).map((atMs, i) => atMs - (listedAtMs[i] as number));
  expect(gaps[0]).toBeLessThanOrEqual(100);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(3000);
  expect(Math.max(...gaps)).toBeGreaterThan(1500);
  expect(told.of("shardSyncFailed")).toHaveLength(listedAtMs.length);
});

test("a stream that is not there ends the loop with STREAM_NOT_FOUND", async () => {
  const { begin, clock, told } = newSync({ stream: "nowhere" });
  const syncer = begin();
  await clock.advance(0);
  expect(KinesisError.is(syncer.reason(), "STREAM_NOT_FOUND")).toBe(true);
  expect(told.of("shardSyncFailed")).toEqual([]);
});

test("one at a time and parents first where they descend from each other", async () => {
  const order: string[] = [];
  let underWay = 0;
  const { begin, clock, emulator, memory } = newSync({
    shards: 2,
    tableFaults: {
      create: async (next, lease, signal) => {
        underWay += 1;
        expect(underWay).toBe(1);
        await Promise.resolve();
        order.push(lease.shardId);
        underWay -= 1;
        return next(lease, signal);
      },
    },
  });
  const merge = { stream: { name: "s" }, shardId: shardIdOf(0), adjacentShardId: shardIdOf(1) };
  await emulator.kinesis().mergeShards(merge, ANY_SIGNAL);
  await clock.advance(10);
  // A lease of a shard long gone: the table is not empty.
  await memory.create(leaseOf(900), ANY_SIGNAL);
  begin();
  await clock.advance(0);
  expect(order).toEqual(range(2).map(shardIdOf));
});

test("foreign-items: one that stands in the place of a shard's lease is told of, and the other shards get theirs", async () => {
  const key = shardIdOf(0);
  const foreign = [{ key, entityType: "LEADER", attributes: {} }];
  const { begin, clock, memory, told } = newSync({
    tableFaults: {
      list: async (next, signal) => ({ ...(await next(signal)), foreign }),
      create: async (next, lease, signal) => lease.key !== key && next(lease, signal),
    },
  });
  begin();
  await clock.advance(0);
  expect(told.of("leaseUnreadable")).toMatchObject([
    { leaseKey: key, problem: "entityType is LEADER" },
  ]);
  expect(memory.snapshot().map((lease) => lease.key)).toEqual([shardIdOf(1)]);
});

test("many workers that start together on a large stream share the work, and do little of it twice", async () => {
  let tries = 0;
  const random = new SeededRandom(3);
  const { begin, clock, memory, told } = newSync({
    shards: 3500,
    options: { random },
    tableFaults: {
      create: async (next, ...args) => {
        tries += 1;
        await sleep(clock, 10 * random.next(), new AbortController().signal);
        return next(...args);
      },
    },
  });
  for (let i = 0; i < 8; i += 1) begin();
  await clock.advance(20_000);
  expect(memory.snapshot()).toHaveLength(3500);
  expect(told.of("leasesCreated").flatMap(({ shardIds }) => shardIds)).toHaveLength(3500);
  // Alone, each would try them all: 28,000.
  expect(tries).toBeLessThan(2 * 3500);
});

test("who does not lead asks the stream every five minutes how long it keeps records, and seldom enough", async () => {
  const describedAtMs: number[] = [];
  const sync = newSync({
    options: { onDescribed: () => describedAtMs.push(sync.clock.nowMs()) },
  });
  for (const index of [0, 1]) await sync.memory.create(nativeLease(index, "you"), ANY_SIGNAL);
  sync.begin();
  await sync.clock.advance(3_600_000);
  const gaps = describedAtMs.slice(1).map((atMs, i) => atMs - (describedAtMs[i] as number));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(300_000);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(336_000);
});
