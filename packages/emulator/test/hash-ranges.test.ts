import { MAX_HASH_KEY, tilesHashSpace } from "@shardline/core";
import { expect, test } from "vitest";
import { uniformRanges } from "../src/stream/hash-ranges.ts";

test.each([1, 2, 3, 7, 1000])(
  "T11: the ranges of %i shards are gap-free, of width floor(2^128/N), the rest in the last one",
  (count) => {
    const ranges = uniformRanges(count);
    const width = 2n ** 128n / BigInt(count);
    expect(tilesHashSpace(ranges)).toBe(true);
    expect(ranges.map(({ start }) => start)).toEqual(
      Array.from({ length: count }, (_, i) => width * BigInt(i)),
    );
    expect(ranges.at(-1)?.end).toBe(MAX_HASH_KEY);
  },
);

test("T11: three shards begin where AWS lets them begin", () => {
  expect(uniformRanges(3)).toEqual([
    { start: 0n, end: 113427455640312821154458202477256070484n },
    {
      start: 113427455640312821154458202477256070485n,
      end: 226854911280625642308916404954512140969n,
    },
    {
      start: 226854911280625642308916404954512140970n,
      end: 340282366920938463463374607431768211455n,
    },
  ]);
});
