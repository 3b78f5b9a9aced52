import {
  apiCallFailed,
  type KinesisApi,
  LinkedSignal,
  type ListShardsAnswer,
  type ListShardsRequest,
  sleep,
} from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import type { ShardMap } from "../../src/shard-map/shard-map.ts";
import { ShardMapRefresher } from "../../src/shard-map/shard-map-refresher.ts";
import { failureOf } from "../support/failures.ts";
import { equalShards, shard } from "../support/shards.ts";

interface Listing {
  readonly atMs: number;
  readonly request: ListShardsRequest;
}

interface TestRefresher {
  readonly refresher: ShardMapRefresher;
  readonly clock: VirtualClock;
  readonly listings: Listing[];
  readonly maps: ShardMap[];
  readonly failures: unknown[];
  isNeeded: boolean;
  isWanted: boolean;
  puzzledSinceMs: number | undefined;
}

const FAILED = apiCallFailed("ListShards", failureOf("transient"));

function newRefresher(
  answer: (request: ListShardsRequest, nth: number) => ListShardsAnswer | Promise<ListShardsAnswer>,
  refreshMs = 300_000,
  isNeeded = true,
): TestRefresher {
  const clock = quietClock();
  const stop = new LinkedSignal();
  const listings: Listing[] = [];
  const listShards: KinesisApi["listShards"] = async (request) => {
    listings.push({ atMs: clock.nowMs(), request });
    return answer(request, listings.length);
  };
  const maps: ShardMap[] = [];
  const failures: unknown[] = [];
  const test = {
    clock,
    listings,
    maps,
    failures,
    isNeeded,
    isWanted: true,
    puzzledSinceMs: undefined as number | undefined,
  };
  const refresher = new ShardMapRefresher({
    kinesis: { listShards },
    stream: { name: "orders" },
    clock,
    random: new SeededRandom(1),
    signal: stop.signal,
    refreshMs,
    isNeeded: () => test.isNeeded,
    isWanted: () => test.isWanted,
    puzzledSinceMs: () => test.puzzledSinceMs,
    onMap: (map) => {
      maps.push(map);
      if (maps.length > 1) test.puzzledSinceMs = undefined;
    },
    onFailure: (error) => void failures.push(error),
  });
  onTestFinished(async () => {
    stop.abort(undefined);
    await refresher.done;
  });
  return Object.assign(test, { refresher });
}

const fine = (): ListShardsAnswer => ({ shards: equalShards(2) });
const atMs = ({ listings }: TestRefresher): number[] => listings.map((listing) => listing.atMs);

describe("the first listing", () => {
  it("is made at once, of the open shards, and leaves no timer", async () => {
    const test = newRefresher(fine);
    await test.clock.advance(0);
    expect(test.listings).toEqual([
      { atMs: 0, request: { stream: { name: "orders" }, filter: { type: "AT_LATEST" } } },
    ]);
    expect(test.maps.map(({ shards }) => shards.length)).toEqual([2]);
    expect(test.clock.pendingTimers).toBe(0);
  });

  it("M-pages: asks for following pages with nothing but their token", async () => {
    const shards = equalShards(2500);
    const test = newRefresher((request) => {
      const from = "nextToken" in request ? Number(request.nextToken) : 0;
      const page = { shards: shards.slice(from, from + 1000) };
      return from < 2000 ? { ...page, nextToken: String(from + 1000) } : page;
    });
    await test.clock.advance(0);
    expect(test.maps[0]?.shards).toHaveLength(2500);
    const stream = { name: "orders" };
    expect(test.listings.slice(1).map(({ request }) => request)).toEqual([
      { stream, nextToken: "1000" },
      { stream, nextToken: "2000" },
    ]);
  });

  it("M-token-expired: begins again from the first page when a token has expired", async () => {
    const [low, high] = equalShards(2).map((each) => ({ shards: [each] }));
    const test = newRefresher((_, nth) => {
      if (nth === 2) throw apiCallFailed("ListShards", failureOf("expired"));
      return nth % 2 === 1 ? { shards: [], ...low, nextToken: "t" } : { shards: [], ...high };
    });
    await test.clock.advance(0);
    expect(test.listings.map(({ request }) => "nextToken" in request)).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(test.maps).toHaveLength(1);
    expect(test.failures).toEqual([]);
  });
});

describe("a listing that fails", () => {
  it("M-backoff: is repeated after 1, 1.5, 2.25 seconds or up to half sooner, never within one, and up to 30", async () => {
    const test = newRefresher(() => {
      throw FAILED;
    });
    await test.clock.advance(300_000);
    const gaps = atMs(test)
      .map((at, i, all) => at - (all[i - 1] ?? 0))
      .slice(1);
    for (const [i, gap] of gaps.entries()) {
      const whole = Math.min(30_000, 1000 * 1.5 ** i);
      expect(gap).toBeGreaterThanOrEqual(Math.max(1000, whole / 2));
      expect(gap).toBeLessThanOrEqual(whole + 1e-6);
    }
    expect(gaps.length).toBeLessThan(40);
    expect(test.failures).toHaveLength(test.listings.length);
  });

  it("is not repeated while nobody waits for a map, and is as soon as somebody puts", async () => {
    const test = newRefresher((_, nth) => {
      if (nth === 1) throw FAILED;
      return fine();
    });
    test.isWanted = false;
    await test.clock.advance(60_000);
    expect(atMs(test)).toEqual([0]);
    expect(test.clock.pendingTimers).toBe(0);
    test.refresher.want(60_000);
    await test.clock.advance(0);
    expect(atMs(test)).toEqual([0, 60_000]);
    expect(test.maps).toHaveLength(1);
  });

  it("M-gap: so is one with a hole, each second; the map in use stays in use", async () => {
    const test = newRefresher((_, nth) =>
      nth === 2 ? { shards: equalShards(2).slice(1) } : fine(),
    );
    await test.clock.advance(5000);
    test.refresher.contradict(5000);
    await test.clock.advance(999);
    expect(test.maps).toHaveLength(1);
    await test.clock.advance(1);
    expect(atMs(test)).toEqual([0, 5000, 6000]);
    expect(test.maps).toHaveLength(2);
  });

  it("M-gap: one that never covers everything is repeated less and less often, and not for nobody", async () => {
    const test = newRefresher(() => ({ shards: equalShards(2).slice(1) }));
    await test.clock.advance(300_000);
    expect(test.listings.length).toBeLessThan(40);
    expect(test.failures).toHaveLength(test.listings.length);
    test.isWanted = false;
    await test.clock.advance(60_000);
    expect(test.clock.pendingTimers).toBe(0);
  });
});

describe("a contradiction", () => {
  it("leads to a listing at once, but to one in a second at most", async () => {
    const test = newRefresher(fine);
    await test.clock.advance(5000);
    for (let i = 0; i < 5; i += 1) test.refresher.contradict(4999);
    await test.clock.advance(0);
    test.refresher.contradict(5000);
    await test.clock.advance(10_000);
    expect(atMs(test)).toEqual([0, 5000, 6000]);
  });

  it("by a call older than the map is no news", async () => {
    const test = newRefresher(fine);
    await test.clock.advance(5000);
    test.refresher.contradict(-1);
    await test.clock.advance(10_000);
    expect(atMs(test)).toEqual([0]);
  });

  it("that comes during a listing leads to one more", async () => {
    const test: TestRefresher = newRefresher((_, nth) => {
      if (nth === 2) test.refresher.contradict(test.clock.nowMs());
      return fine();
    });
    await test.clock.advance(5000);
    test.refresher.contradict(5000);
    await test.clock.advance(10_000);
    expect(atMs(test)).toEqual([0, 5000, 6000]);
  });
});

describe("a put", () => {
  it("refreshes a map of five minutes, give or take a fifth, and none that is younger", async () => {
    const test = newRefresher(fine);
    await test.clock.advance(0);
    test.refresher.want(239_999);
    await test.clock.advance(239_999);
    expect(atMs(test)).toEqual([0]);
    await test.clock.advance(120_001);
    test.refresher.want(360_000);
    await test.clock.advance(0);
    expect(atMs(test)).toEqual([0, 360_000]);
    test.refresher.want(360_001);
    await test.clock.advance(2000);
    expect(atMs(test)).toEqual([0, 360_000]);
  });
});

describe("the age of a map", () => {
  it("is of no account where it is not to be renewed, but after fifteen minutes without a put it is", async () => {
    const test = newRefresher(fine, 0);
    for (let i = 0; i < 120; i += 1) {
      await test.clock.advance(60_000);
      test.refresher.want(test.clock.nowMs());
    }
    expect(atMs(test)).toEqual([0]);
    await test.clock.advance(900_000);
    test.refresher.want(test.clock.nowMs());
    await test.clock.advance(0);
    expect(atMs(test)).toEqual([0, 120 * 60_000 + 900_000]);
  });

  it("may be set", async () => {
    const test = newRefresher(fine, 10_000);
    await test.clock.advance(7999);
    test.refresher.want(7999);
    await test.clock.advance(4001);
    test.refresher.want(12_000);
    await test.clock.advance(0);
    expect(atMs(test)).toEqual([0, 12_000]);
  });
});

describe("where no map is needed", () => {
  it("the shards are not listed until a landing asks for them, and are from when they are", async () => {
    const test = newRefresher(fine, 300_000, false);
    await test.clock.advance(1000);
    test.refresher.want(1000);
    await test.clock.advance(1_000_000);
    test.refresher.want(1_001_000);
    await test.clock.advance(0);
    expect(atMs(test)).toEqual([]);
    test.refresher.contradict(1_001_000);
    await test.clock.advance(0);
    expect(atMs(test)).toEqual([1_001_000]);
    test.isNeeded = true;
    await test.clock.advance(400_000);
    test.refresher.want(1_401_000);
    await test.clock.advance(0);
    expect(atMs(test)).toEqual([1_001_000, 1_401_000]);
  });
});

describe("a stream that is another one", () => {
  it("M-recreate: is listed anew, and nothing known of the old one stays", async () => {
    const test = newRefresher((_, nth) => ({
      shards: nth === 1 ? equalShards(4) : equalShards(1),
    }));
    await test.clock.advance(5000);
    expect(test.refresher.forget(test.clock.nowMs())).toBe(true);
    await test.clock.advance(0);
    expect(test.maps.map((map) => map.rangeOf("shardId-000000000003") !== undefined)).toEqual([
      true,
      false,
    ]);
  });
});

describe("a stream that has become another one by some time", () => {
  it("M-recreate: is not listed again if the map was listed since", async () => {
    const test = newRefresher(fine);
    await test.clock.advance(5000);
    expect(test.refresher.forget(0)).toBe(false);
    await test.clock.advance(5000);
    expect(atMs(test)).toEqual([0]);
  });

  it("M-recreate: is listed once, by the listing under way, if that began since; again if it fails", async () => {
    const test = newRefresher(async (_, nth) => {
      if (nth > 1) await sleep(test.clock, 100, new AbortController().signal);
      if (nth === 3) throw FAILED;
      return fine();
    });
    await test.clock.advance(5000);
    test.refresher.contradict(5000);
    await test.clock.advance(0);
    expect(test.refresher.forget(5000)).toBe(true);
    await test.clock.advance(5000);
    expect(atMs(test)).toEqual([0, 5000]);
    test.refresher.contradict(10_000);
    await test.clock.advance(0);
    expect(test.refresher.forget(10_000)).toBe(true);
    await test.clock.advance(5000);
    expect(atMs(test)).toHaveLength(4);
  });

  it("M-recreate: is listed again if the listing under way began before", async () => {
    const test = newRefresher(async () => {
      await sleep(test.clock, 100, new AbortController().signal);
      return fine();
    });
    await test.clock.advance(50);
    expect(test.refresher.forget(50)).toBe(true);
    await test.clock.advance(5000);
    expect(atMs(test)).toEqual([0, 1000]);
  });
});

describe("M-unknown-then-closed: while a landing is unknown to the new map", () => {
  it("the shards since the start of that call are listed too, and their ranges learned", async () => {
    const test = newRefresher((request) => {
      const isSince = "filter" in request && request.filter?.type === "FROM_TIMESTAMP";
      return {
        shards: isSince ? [shard(9, 5n, 6n, { endingSequenceNumber: "9" })] : equalShards(2),
      };
    });
    test.puzzledSinceMs = -250;
    await test.clock.advance(0);
    const timestampMs = test.clock.wallTimeMs() - 250;
    expect(test.listings[1]?.request).toMatchObject({
      filter: { type: "FROM_TIMESTAMP", timestampMs },
    });
    expect(test.maps.map((map) => map.rangeOf("shardId-000000000009"))).toEqual([
      undefined,
      { start: 5n, end: 6n },
    ]);
    expect(test.maps[1]?.shards).toEqual(test.maps[0]?.shards);
  });
});
