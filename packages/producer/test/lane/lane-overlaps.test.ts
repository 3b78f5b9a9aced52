import fc from "fast-check";
import { expect, it } from "vitest";
import { overlapsOf } from "../../src/lane/lane-overlaps.ts";

interface Range {
  readonly start: bigint;
  readonly end: bigint;
}

const rangesUpTo = (max: bigint): fc.Arbitrary<Range> =>
  fc
    .tuple(fc.bigInt({ min: 0n, max }), fc.bigInt({ min: 0n, max }))
    .map(([a, b]) => (a < b ? { start: a, end: b } : { start: b, end: a }));

it("overlaps are those that comparing each with each finds", () => {
  const cuts = fc.uniqueArray(fc.bigInt({ min: 1n, max: 50n }), { maxLength: 12 });
  fc.assert(
    fc.property(cuts, fc.array(rangesUpTo(50n), { maxLength: 12 }), (starts, ranges) => {
      const sorted = [0n, ...starts].sort((a, b) => (a < b ? -1 : 1));
      const tiles = sorted.map((start, i) => ({
        range: { start, end: (sorted[i + 1] ?? 51n) - 1n },
      }));
      const old = ranges.map((range) => ({ target: { range } }));
      const found = overlapsOf(tiles, old);
      for (const tile of tiles) {
        const expected = old.filter(
          ({ target: { range } }) => range.start <= tile.range.end && tile.range.start <= range.end,
        );
        expect(new Set(found.get(tile) ?? [])).toEqual(new Set(expected));
        expect(found.get(tile)?.length ?? 0).toBe(expected.length);
      }
    }),
  );
});

it("of thousands with thousands are found in a few looks at each", () => {
  let looks = 0;
  const seen = (start: number, end: number): Range => ({
    get start() {
      looks += 1;
      return BigInt(start);
    },
    get end() {
      looks += 1;
      return BigInt(end);
    },
  });
  const tiles = Array.from({ length: 10_000 }, (_, i) => ({ range: seen(i, i) }));
  const old = Array.from({ length: 5000 }, (_, i) => ({
    target: { range: seen(2 * i, 2 * i + 1) },
  }));
  const overlaps = overlapsOf(tiles, old);
  expect([...overlaps.values()].every((each) => each.length === 1)).toBe(true);
  expect(looks).toBeLessThan(15_000 * 10);
});
