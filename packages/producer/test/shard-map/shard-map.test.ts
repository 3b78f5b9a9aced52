import { hashKeyOf, MAX_HASH_KEY, type Shard, writeHashKeyWords } from "@shardline/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ShardMap } from "../../src/shard-map/shard-map.ts";
import { equalShards, mapOf, shard, shardId } from "../support/shards.ts";

function predict(map: ShardMap, hashKey: bigint): string | undefined {
  const words = new Uint32Array(4);
  writeHashKeyWords(hashKey, words, 0);
  return map.shards[map.predict(words)]?.shardId;
}

describe("prediction", () => {
  const map = mapOf(...equalShards(4));

  it.each([
    ["a", 0],
    ["🔑", 1],
    ["k", 2],
    ["abcd", 3],
    ["user-1", 3],
    ["ключ", 3],
  ])("M-predict: the key %s belongs to shard %i of four", (key, index) => {
    expect(predict(map, hashKeyOf(key))).toBe(shardId(index));
  });

  it.each([
    [0n, 0],
    [85070591730234615865843651857942052863n, 0],
    [85070591730234615865843651857942052864n, 1],
    [170141183460469231731687303715884105727n, 1],
    [170141183460469231731687303715884105728n, 2],
    [255211775190703847597530955573826158591n, 2],
    [255211775190703847597530955573826158592n, 3],
    [MAX_HASH_KEY, 3],
  ])("M-predict: the hash key %d belongs to shard %i of four", (hashKey, index) => {
    expect(predict(map, hashKey)).toBe(shardId(index));
  });

  it("agrees with a search through all ranges, for any shards and any hash key", () => {
    const hashKey = fc.bigInt({ min: 0n, max: MAX_HASH_KEY });
    const cuts = fc.uniqueArray(fc.bigInt({ min: 1n, max: MAX_HASH_KEY }), { maxLength: 40 });
    fc.assert(
      fc.property(cuts, hashKey, (starts, wanted) => {
        const sorted = [0n, ...starts].sort((a, b) => (a < b ? -1 : 1));
        const shards = sorted.map((start, i) =>
          shard(i, start, (sorted[i + 1] ?? MAX_HASH_KEY + 1n) - 1n),
        );
        const many = mapOf(...shards);
        const probes = [wanted, ...starts, ...starts.map((start) => start - 1n)];
        for (const probe of probes) {
          const home = shards.find(
            ({ hashKeyRange }) =>
              hashKeyRange !== undefined &&
              hashKeyRange.start <= probe &&
              probe <= hashKeyRange.end,
          );
          expect(predict(many, probe)).toBe(home?.shardId);
        }
      }),
    );
  });
});

describe("a listing", () => {
  const [low, high] = equalShards(2) as [Shard, Shard];
  const closed = { endingSequenceNumber: "9" };

  it("makes a map of its open shards in hash order, however it is ordered", () => {
    expect(mapOf(high, low).shards).toEqual([
      { shardId: shardId(0), range: low.hashKeyRange },
      { shardId: shardId(1), range: high.hashKeyRange },
    ]);
  });

  it("may hold closed shards, which are not predicted but known", () => {
    const map = mapOf(shard(7, 0n, MAX_HASH_KEY, closed), low, high);
    expect(map.shards.map(({ shardId: id }) => id)).toEqual([shardId(0), shardId(1)]);
    expect(map.rangeOf(shardId(7))).toEqual({ start: 0n, end: MAX_HASH_KEY });
    expect(map.find(shardId(7))).toBeUndefined();
  });

  it("may show a parent as open beside its children, which win", () => {
    const parent = shard(7, 0n, MAX_HASH_KEY);
    const children = [low, high].map((child) => ({ ...child, parentShardId: shardId(7) }));
    expect(mapOf(parent, ...children).shards.map(({ shardId: id }) => id)).toEqual([
      shardId(0),
      shardId(1),
    ]);
  });

  it("may show both parents of a merge as open beside their child, which wins", () => {
    const parents = { parentShardId: shardId(0), adjacentParentShardId: shardId(1) };
    const map = mapOf(low, high, shard(2, 0n, MAX_HASH_KEY, parents));
    expect(map.shards.map(({ shardId: id }) => id)).toEqual([shardId(2)]);
  });

  it("may show shards that overlap without saying why: the younger win, whose numbers are higher", () => {
    const older = [shard(0, 0n, 99n), shard(1, 100n, MAX_HASH_KEY)];
    const younger = [shard(7, 0n, 49n), shard(8, 50n, 99n)];
    const map = mapOf(...older, ...younger);
    expect(map.shards.map(({ shardId: id }) => id)).toEqual([7, 8, 1].map(shardId));
  });

  it("in which some were split unseen still makes a map of those that were not and the children", () => {
    const cuts = fc.uniqueArray(fc.bigInt({ min: 1n, max: MAX_HASH_KEY }), { maxLength: 20 });
    fc.assert(
      fc.property(cuts, fc.array(fc.boolean()), (starts, areSplit) => {
        const sorted = [0n, ...starts].sort((a, b) => (a < b ? -1 : 1));
        const older = sorted.map((start, i) =>
          shard(i, start, (sorted[i + 1] ?? MAX_HASH_KEY + 1n) - 1n),
        );
        const children = older.flatMap(({ hashKeyRange: range }, i) => {
          if (range === undefined || range.start === range.end || !areSplit[i]) return [];
          const middle = (range.start + range.end) / 2n;
          const at = 100 + 2 * i;
          return [shard(at, range.start, middle), shard(at + 1, middle + 1n, range.end)];
        });
        const map = mapOf(...older, ...children);
        const ids = map.shards.map(({ shardId: id }) => id);
        for (const child of children) expect(ids).toContain(child.shardId);
        expect(ids).toHaveLength(older.length + children.length / 2);
      }),
    );
  });

  it.each<[string, Shard[]]>([
    ["nothing at all", []],
    ["a hole at the start", [high]],
    ["a hole at the end", [low]],
    ["a hole in the middle", [shard(0, 0n, 9n), shard(1, 11n, MAX_HASH_KEY)]],
    ["an overlap that leaves a hole", [shard(0, 0n, 10n), shard(1, 10n, MAX_HASH_KEY)]],
    ["a parent that only one child replaces", [shard(7, 0n, MAX_HASH_KEY), shard(8, 0n, 9n)]],
    ["a shard without a range", [low, { shardId: shardId(1), startingSequenceNumber: "1" }]],
  ])("M-gap: with %s makes no map", (_, shards) => {
    expect(ShardMap.of(shards)).toBeUndefined();
  });
});

describe("ranges", () => {
  it("of shards that are listed no more are still known from the map before", () => {
    const before = mapOf(...equalShards(1));
    const after = ShardMap.of([shard(1, 0n, 9n), shard(2, 10n, MAX_HASH_KEY)], before);
    expect(after?.rangeOf(shardId(0))).toEqual({ start: 0n, end: MAX_HASH_KEY });
    expect(after?.find(shardId(0))).toBeUndefined();
    expect(after?.find(shardId(2))).toEqual({
      shardId: shardId(2),
      range: { start: 10n, end: MAX_HASH_KEY },
    });
  });

  it("M-recreate: of a shard id that is used again are the newer ones", () => {
    const before = mapOf(...equalShards(1));
    const after = ShardMap.of(equalShards(2), before);
    expect(after?.rangeOf(shardId(0))).toEqual(equalShards(2)[0]?.hashKeyRange);
  });

  it("are forgotten with the second map after them", () => {
    const first = mapOf(...equalShards(1));
    const second = ShardMap.of([shard(1, 0n, 9n), shard(2, 10n, MAX_HASH_KEY)], first);
    const third = ShardMap.of([shard(3, 0n, MAX_HASH_KEY)], second);
    expect([0, 1, 3].map((index) => third?.rangeOf(shardId(index)) !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("M-recreate: are all forgotten when a shard has another first number than it had", () => {
    const before = mapOf(...equalShards(4));
    const again = equalShards(2).map((each) => ({ ...each, startingSequenceNumber: "77" }));
    const after = ShardMap.of(again, before);
    expect(after?.rangeOf(shardId(3))).toBeUndefined();
    expect(ShardMap.of(equalShards(4), before)?.rangeOf(shardId(3))).toBeDefined();
  });

  it("can be added to a map without changing what is predicted", () => {
    const map = mapOf(...equalShards(2));
    const more = map.knowing([shard(9, 5n, 6n), { shardId: "x", startingSequenceNumber: "0" }]);
    expect(more.shards).toEqual(map.shards);
    expect(more.rangeOf(shardId(9))).toEqual({ start: 5n, end: 6n });
    expect(more.rangeOf("x")).toBeUndefined();
    expect(map.rangeOf(shardId(9))).toBeUndefined();
  });
});

it("no id finds no shard", () => {
  expect(mapOf(...equalShards(1)).find(undefined)).toBeUndefined();
});
