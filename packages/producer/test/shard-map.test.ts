import { hashKeyOf, type Shard, writeHashKeyWords } from "@shardline/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ShardMap } from "../src/shard-map.ts";

const SPACE = 1n << 128n;

function shard(shardId: string, start: bigint, end: bigint, more: Partial<Shard> = {}): Shard {
  return { shardId, hashKeyRange: { start, end }, startingSequenceNumber: "1", ...more };
}

/** Shards whose ranges begin at these hash keys, in this order. */
function shardsFrom(starts: readonly bigint[]): Shard[] {
  return starts.map((start, i) => shard(`shard-${i}`, start, (starts[i + 1] ?? SPACE) - 1n));
}

const QUARTERS = shardsFrom([0n, SPACE / 4n, SPACE / 2n, (3n * SPACE) / 4n]);

function predicted(map: ShardMap | undefined, hashKey: bigint): string | undefined {
  const words = new Uint32Array(4);
  writeHashKeyWords(hashKey, words, 0);
  return map?.shards[map.predict(words)]?.shardId;
}

test("M-predict: a hash key falls into one shard, at both ends of its range", () => {
  const map = ShardMap.of([...QUARTERS].reverse());
  for (const { hashKeyRange, shardId } of QUARTERS) {
    expect(predicted(map, hashKeyRange?.start ?? -1n)).toBe(shardId);
    expect(predicted(map, hashKeyRange?.end ?? -1n)).toBe(shardId);
  }
});

test("M-predict: keys whose hashes lie in the four quarters", () => {
  const map = ShardMap.of(QUARTERS);
  for (let i = 0; i < 200; i += 1) {
    const hashKey = hashKeyOf(`key-${i}`);
    expect(predicted(map, hashKey)).toBe(`shard-${hashKey / (SPACE / 4n)}`);
  }
});

test("M-predict: any hash key in any map, as a search from end to end finds it", () => {
  const hashKeys = fc.bigInt({ min: 0n, max: SPACE - 1n });
  const starts = fc.uniqueArray(hashKeys, { maxLength: 40 }).map((keys) => {
    return [...new Set([0n, ...keys])].sort((a, b) => (a < b ? -1 : 1));
  });
  fc.assert(
    fc.property(starts, hashKeys, (from, hashKey) => {
      const map = ShardMap.of(shardsFrom(from));
      expect(predicted(map, hashKey)).toBe(
        `shard-${from.findLastIndex((start) => start <= hashKey)}`,
      );
    }),
  );
});

test.each<[string, Shard[]]>([
  ["a hole", [shard("a", 0n, 9n), shard("b", 11n, SPACE - 1n)]],
  ["an overlap", [shard("a", 0n, 10n), shard("b", 10n, SPACE - 1n)]],
  ["an end that is missing", [shard("a", 0n, 9n)]],
  ["a beginning that is missing", [shard("a", 1n, SPACE - 1n)]],
  ["nothing", []],
])("M-gap: a listing with %s makes no map", (_what, listing) => {
  expect(ShardMap.of(listing)).toBeUndefined();
});

test("closed shards, and parents whose children are listed, are not written to", () => {
  const children = [
    shard("low", 0n, SPACE / 2n - 1n, { parentShardId: "parent" }),
    shard("high", SPACE / 2n, SPACE - 1n, { parentShardId: "parent" }),
  ];
  const closed = shard("closed", 0n, SPACE - 1n, { endingSequenceNumber: "9" });
  const map = ShardMap.of([closed, shard("parent", 0n, SPACE - 1n), ...children]);
  expect(map?.shards.map(({ shardId }) => shardId)).toEqual(["low", "high"]);
});

test("ranges of shards that are listed no more are remembered, and a newer listing wins", () => {
  const before = ShardMap.of(shardsFrom([0n]));
  const half = [shard("x", 0n, SPACE / 2n - 1n), shard("y", SPACE / 2n, SPACE - 1n)];
  const after = ShardMap.of(half, before);
  expect(after?.rangeOf("shard-0")).toEqual({ start: 0n, end: SPACE - 1n });
  expect(after?.rangeOf("x")).toEqual({ start: 0n, end: SPACE / 2n - 1n });
  expect(after?.rangeOf("nobody")).toBeUndefined();
  const recreated = ShardMap.of([shard("shard-0", 0n, 9n), shard("z", 10n, SPACE - 1n)], after);
  expect(recreated?.rangeOf("shard-0")).toEqual({ start: 0n, end: 9n });
});

test("a map learns ranges without changing what it predicts", () => {
  const map = ShardMap.of(QUARTERS);
  const wiser = map?.knowing([shard("closed", 5n, 6n)]);
  expect(wiser?.rangeOf("closed")).toEqual({ start: 5n, end: 6n });
  expect(wiser?.shards).toEqual(map?.shards);
  expect(wiser?.find("closed")).toBeUndefined();
  expect(wiser?.find("shard-1")?.range).toEqual(QUARTERS[1]?.hashKeyRange);
});
