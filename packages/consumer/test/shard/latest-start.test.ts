// LATEST is a time: that at which the first worker asked the table for leases and found none.
import { type KinesisApi, sleep, type StreamRef } from "@shardline/core";
import { expect, test } from "vitest";
import type { Interceptors } from "../../../../test/support/intercept.ts";
import type { LeaseTable } from "../../src/lease/lease-table.ts";
import { failed } from "../support/failures.ts";
import { Fleet } from "../support/fleet.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { shardIdOf } from "../support/leases.ts";
import { newSync } from "../support/syncing.ts";

const STREAM: StreamRef = { name: "s" };
const HALF = 2n ** 127n;

function timesIn({ memory }: ReturnType<typeof newSync>): (number | undefined)[] {
  return memory.snapshot().map(({ latestSinceMs }) => latestSinceMs);
}

/** The first answer of the table takes five seconds. */
function slowAtFirst(clock: () => Fleet["clock"]): Interceptors<LeaseTable> {
  let isFirst = true;
  return {
    list: async (next, signal) => {
      const found = await next(signal);
      if (isFirst) {
        isFirst = false;
        await sleep(clock(), 5000, signal);
      }
      return found;
    },
  };
}

test("LATEST is the time before the table was asked, because others may have begun while its answer was under way", async () => {
  const sync = newSync({
    start: { type: "LATEST" },
    tableFaults: slowAtFirst(() => sync.clock),
  });
  const beganAtMs = sync.clock.wallTimeMs();
  sync.begin();
  await sync.clock.advance(5000);
  expect(timesIn(sync)).toEqual([beganAtMs, beganAtMs]);
});

test("and stays it while the stream cannot be described", async () => {
  let isMute = true;
  const kinesisFaults: Interceptors<KinesisApi> = {
    describeStreamSummary: (next, ...args) =>
      isMute ? Promise.reject(failed("throttled")) : next(...args),
  };
  const sync = newSync({ kinesisFaults, start: { type: "LATEST" } });
  const beganAtMs = sync.clock.wallTimeMs();
  sync.begin();
  await sync.clock.advance(10_000);
  isMute = false;
  await sync.clock.advance(10_000);
  expect(timesIn(sync)).toEqual([beganAtMs, beganAtMs]);
});

test("a shard that was split while the table answered is leased, and its children follow on it", async () => {
  const sync = newSync({
    shards: 1,
    start: { type: "LATEST" },
    tableFaults: slowAtFirst(() => sync.clock),
  });
  sync.begin();
  await sync.clock.advance(1000);
  const split = { stream: STREAM, shardId: shardIdOf(0), newStartingHashKey: HALF };
  await sync.emulator.kinesis().splitShard(split, ANY_SIGNAL);
  await sync.clock.advance(20_000);
  expect(sync.memory.snapshot()).toMatchObject([
    { shardId: shardIdOf(0), checkpoint: { sequenceNumber: "LATEST" } },
  ]);
});

test("so what it took before that is read, and what its children took", async () => {
  const fleet = new Fleet(1);
  // The answer that is slow is that of the syncer: the worker looks at the table before.
  let looks = 0;
  fleet.start("a", {
    startAt: "LATEST",
    tableFaults: {
      list: async (next, signal) => {
        looks += 1;
        const isSlow = looks === 2;
        const found = await next(signal);
        if (isSlow) await sleep(fleet.clock, 5000, signal);
        return found;
      },
    },
  });
  await fleet.clock.advance(1000);
  await fleet.put(["of the parent"]);
  await fleet.clock.advance(1000);
  await fleet.split(0, HALF);
  await fleet.put(["of a child"]);
  await fleet.clock.advance(30_000);
  expect(fleet.texts).toEqual(["of the parent", "of a child"]);
});

test("a stream that is younger than that begins with its first shards, if the service shows none of that time", async () => {
  const sync = newSync({
    start: { type: "LATEST" },
    kinesisFaults: {
      listShards: async (next, request, signal) => {
        const answer = await next(request, signal);
        const isTooEarly = "filter" in request && request.filter?.type === "AT_TIMESTAMP";
        return isTooEarly ? { ...answer, shards: [] } : answer;
      },
    },
  });
  const beganAtMs = sync.clock.wallTimeMs();
  sync.begin();
  await sync.clock.advance(0);
  expect(sync.memory.snapshot().map(({ shardId }) => shardId)).toEqual([0, 1].map(shardIdOf));
  expect(timesIn(sync)).toEqual([beganAtMs, beganAtMs]);
});

test("where the service shows a shard and its children at that time, the first leases are those of a time before", async () => {
  const start = { type: "LATEST" } as const;
  const sync = newSync({
    shards: 1,
    start,
    kinesisFaults: {
      listShards: (next, request, signal) => {
        const at = "filter" in request ? request.filter : undefined;
        const isNow = at?.type === "AT_TIMESTAMP" && at.timestampMs === beganAtMs;
        return next(isNow ? { stream: STREAM } : request, signal);
      },
    },
  });
  const split = { stream: STREAM, shardId: shardIdOf(0), newStartingHashKey: HALF };
  await sync.clock.advance(20_000);
  await sync.emulator.kinesis().splitShard(split, ANY_SIGNAL);
  await sync.clock.advance(500);
  const beganAtMs = sync.clock.wallTimeMs();
  sync.begin();
  await sync.clock.advance(0);
  expect(sync.memory.snapshot().map(({ shardId }) => shardId)).toEqual([shardIdOf(0)]);
  expect(timesIn(sync)).toEqual([beganAtMs]);
});

test("a time that the service has not come to yet is as good as now", async () => {
  const sync = newSync({
    start: { type: "LATEST" },
    kinesisFaults: {
      listShards: (next, request, signal) => {
        const isTime = "filter" in request && request.filter?.type === "AT_TIMESTAMP";
        return isTime ? Promise.reject(failed("rejected")) : next(request, signal);
      },
    },
  });
  sync.begin();
  await sync.clock.advance(0);
  expect(sync.memory.snapshot().map(({ shardId }) => shardId)).toEqual([0, 1].map(shardIdOf));
});
