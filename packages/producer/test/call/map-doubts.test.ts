import { MAX_HASH_KEY, type PutRecordsOutcome } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { MapDoubts } from "../../src/call/map-doubts.ts";
import type { ShardMap } from "../../src/shard-map/shard-map.ts";
import { equalShards, mapOf, shard, shardId } from "../support/shards.ts";

const HALF = 2n ** 127n;

/** The map of a stream of one shard that was created at that time. */
function bornAt(second: number): ShardMap {
  return mapOf(shard(0, 0n, MAX_HASH_KEY, { startingSequenceNumber: numberOf(second, 0) }));
}

function landing(second: number, index = 1): PutRecordsOutcome & { readonly kind: "stored" } {
  return { kind: "stored", shardId: shardId(0), sequenceNumber: numberOf(second, index) };
}

/** A call that was answered at once. */
function at(atMs: number): { readonly sentAtMs: number; readonly answeredAtMs: number } {
  return { sentAtMs: atMs, answeredAtMs: atMs };
}

function numberOf(second: number, index: number): string {
  return String((2n << 184n) | (BigInt(second) << 148n) | (BigInt(index) << 80n));
}

describe("a landing", () => {
  it("leaves no doubt on the shard that the map has, on one that it does not have, or without a map", () => {
    const doubts = new MapDoubts();
    const elsewhere = { ...landing(9), shardId: shardId(7) };
    expect(doubts.meet([landing(5), landing(5, 1e9), elsewhere], bornAt(5), at(0))).toBe(false);
    expect(doubts.meet([landing(5)], undefined, at(0))).toBe(false);
  });

  it("on a shard that was created at another time leaves doubt, until a later map has that shard", () => {
    const doubts = new MapDoubts();
    expect(doubts.meet([landing(5), landing(9)], bornAt(5), at(100))).toBe(true);
    doubts.clearUp(bornAt(9), 100, 100);
    expect(doubts.meet([landing(9)], bornAt(9), at(200))).toBe(false);
    expect(doubts.meet([landing(5)], bornAt(9), at(200))).toBe(true);
  });

  it("leaves doubt no more, once a map that was listed later has the shard that the former had", () => {
    const doubts = new MapDoubts();
    doubts.meet([landing(9)], bornAt(5), at(100));
    doubts.clearUp(bornAt(5), 99, 99);
    expect(doubts.isStranger(landing(9), bornAt(5))).toBe(true);
    doubts.clearUp(bornAt(5), 100, 100);
    expect(doubts.isStranger(landing(9, 77), bornAt(5))).toBe(false);
  });

  it("leaves doubt on a shard that is new, though an older one was listed after such a landing", () => {
    const doubts = new MapDoubts();
    doubts.meet([landing(5)], bornAt(9), at(100));
    doubts.clearUp(bornAt(9), 100, 100);
    expect(doubts.isStranger(landing(5), bornAt(9))).toBe(false);
    expect(doubts.isStranger(landing(12), bornAt(9))).toBe(true);
    expect(doubts.isStranger(landing(5), bornAt(12))).toBe(true);
  });

  it("leaves doubt again where it may be an answer of the stream before, and proves nothing of the one that is there", () => {
    const half = (second: number): ShardMap =>
      mapOf(
        ...equalShards(2).map((each) => ({ ...each, startingSequenceNumber: numberOf(second, 0) })),
      );
    const doubts = new MapDoubts();
    doubts.clearUp(half(9), 90, 100);
    expect(doubts.meet([landing(5)], half(9), { sentAtMs: 99, answeredAtMs: 200 })).toBe(true);
    doubts.suspect(landing(5), HALF, half(9), 200);
    expect(doubts.clearUp(half(9), 200, 210)).toBe(false);
    expect(doubts.isOnShardOf(landing(5), half(9))).toBe(false);
    expect(doubts.meet([landing(5)], half(9), { sentAtMs: 99, answeredAtMs: 300 })).toBe(true);
  });

  it("at a number of the stream between two that were listed is not taken for one of either", () => {
    const doubts = new MapDoubts();
    doubts.meet([landing(9)], bornAt(5), at(100));
    doubts.clearUp(bornAt(12), 100, 100);
    expect(doubts.isStranger(landing(9), bornAt(12))).toBe(true);
    expect(doubts.isStranger(landing(9), bornAt(5))).toBe(true);
  });

  it("at a number that is known to be the shard's own is on that shard", () => {
    const doubts = new MapDoubts();
    expect(doubts.isOnShardOf(landing(9), bornAt(5))).toBe(false);
    doubts.meet([landing(9)], bornAt(5), at(100));
    doubts.clearUp(bornAt(5), 100, 100);
    expect(doubts.isOnShardOf(landing(9), bornAt(5))).toBe(true);
    expect(doubts.isOnShardOf({ ...landing(9), shardId: shardId(7) }, bornAt(5))).toBe(false);
  });

  it("tells nothing where the numbers of one shard began in three ways", () => {
    const doubts = new MapDoubts();
    for (const second of [7, 9]) {
      expect(doubts.meet([landing(second)], bornAt(5), at(second))).toBe(true);
      doubts.clearUp(bornAt(5), second, second);
    }
    expect(doubts.isStranger(landing(11), bornAt(5))).toBe(false);
    expect(doubts.isStranger(landing(11), bornAt(6))).toBe(true);
  });
});

describe("a plain record where its hash key does not belong", () => {
  it("proves nothing but by a map that was listed later, and then once", () => {
    const map = mapOf(...equalShards(2));
    const doubts = new MapDoubts();
    const first = { kind: "stored", shardId: shardId(0), sequenceNumber: "7" } as const;
    expect(doubts.suspect(first, HALF - 1n, map, 100)).toBe(false);
    expect(doubts.suspect(first, HALF, map, 100)).toBe(true);
    expect([99, 100, 101].map((atMs) => doubts.clearUp(map, atMs, atMs))).toEqual([
      false,
      true,
      false,
    ]);
    doubts.suspect(first, HALF, map, 200);
    expect(doubts.clearUp(mapOf(...equalShards(1)), 200, 200)).toBe(false);
  });

  it("proves nothing by the map of a stream that was made again since", () => {
    const map = (second: number): ShardMap =>
      mapOf(
        ...equalShards(2).map((each) => ({
          ...each,
          startingSequenceNumber: numberOf(second, 0),
        })),
      );
    const doubts = new MapDoubts();
    expect(doubts.suspect(landing(5), HALF, map(5), 100)).toBe(true);
    expect(doubts.clearUp(map(9), 100, 100)).toBe(false);
  });
});
