import { createHash } from "node:crypto";
import { MAX_HASH_KEY } from "@shardline/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { HashRangeFilter } from "../../src/batch/hash-range-filter.ts";

const arbitraryHashKey = fc.bigInt({ min: 0n, max: MAX_HASH_KEY });
const arbitraryRange = fc
  .tuple(arbitraryHashKey, arbitraryHashKey)
  .map(([a, b]) => (a < b ? { start: a, end: b } : { start: b, end: a }));

function md5Number(text: string): bigint {
  return BigInt(`0x${createHash("md5").update(text, "utf8").digest("hex")}`);
}

test("an explicit hash key belongs if it lies in the range, both ends included", () => {
  fc.assert(
    fc.property(arbitraryRange, arbitraryHashKey, (range, hashKey) => {
      const filter = new HashRangeFilter(range);
      const belongs = range.start <= hashKey && hashKey <= range.end;
      expect(filter.covers("any", hashKey.toString())).toBe(belongs);
      expect(filter.covers("any", range.start.toString())).toBe(true);
      expect(filter.covers("any", range.end.toString())).toBe(true);
      if (range.start > 0n) expect(filter.covers("", String(range.start - 1n))).toBe(false);
      if (range.end < MAX_HASH_KEY) expect(filter.covers("", String(range.end + 1n))).toBe(false);
    }),
    { numRuns: 200 },
  );
});

test("without one it is the MD5 of the partition key's UTF-8 that counts", () => {
  fc.assert(
    fc.property(arbitraryRange, fc.string({ unit: "grapheme" }), (range, key) => {
      const hashKey = md5Number(key);
      const belongs = range.start <= hashKey && hashKey <= range.end;
      expect(new HashRangeFilter(range).covers(key, undefined)).toBe(belongs);
    }),
    { numRuns: 200 },
  );
});

test("an explicit hash key of 0 is one", () => {
  const upper = new HashRangeFilter({ start: 1n, end: MAX_HASH_KEY });
  expect(upper.covers("a", "0")).toBe(false);
  expect(upper.covers("a", undefined)).toBe(true);
});

test("without a range, and with the whole one, everything belongs", () => {
  for (const range of [undefined, { start: 0n, end: MAX_HASH_KEY }]) {
    const filter = new HashRangeFilter(range);
    expect(filter.covers("a", undefined)).toBe(true);
    expect(filter.covers("a", MAX_HASH_KEY.toString())).toBe(true);
  }
});

test.each<[what: string, keyOf: (i: number) => string]>([
  ["few keys are in use", (i) => `key-${i % 20}`],
  ["every key is new", (i) => `key-${i}`],
  ["a few keys come among many new ones", (i) => (i % 3 === 0 ? "often" : `key-${i}`)],
  ["keys are in use for a while, and then others", (i) => `key-${Math.floor(i / 30_000)}-${i % 9}`],
])(
  "whether a record belongs does not depend on what was asked before, where %s",
  (_what, keyOf) => {
    const middle = MAX_HASH_KEY / 2n;
    const filter = new HashRangeFilter({ start: 0n, end: middle });
    for (let i = 0; i < 90_000; i += 1) {
      const key = keyOf(i);
      // An explicit hash key of the same text is another one.
      const hashKey = i % 2 === 0 ? String(middle + BigInt(i % 5) - 2n) : undefined;
      const expected = (hashKey === undefined ? md5Number(key) : BigInt(hashKey)) <= middle;
      if (filter.covers(key, hashKey) !== expected) expect([i, key, hashKey]).toBe(expected);
    }
  },
);

test("a key that reads as a hash key is not taken for one", () => {
  const filter = new HashRangeFilter({ start: 0n, end: 99n });
  for (let i = 0; i < 3; i += 1) {
    expect(filter.covers("a", "5")).toBe(true);
    expect(filter.covers("5", undefined)).toBe(false);
  }
});
