import { createHash } from "node:crypto";
import {
  compareHashKeyWords,
  hashKeyOf,
  MAX_HASH_KEY,
  md5Words,
  parseExplicitHashKey,
  rangeContains,
  tilesHashSpace,
  writeHashKeyWords,
} from "@shardline/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { wordsToHashKey } from "../src/hash-key-words.ts";

const hashKeys = fc.bigInt({ min: 0n, max: MAX_HASH_KEY });

function md5Of(text: string): bigint {
  return BigInt(`0x${createHash("md5").update(text).digest("hex")}`);
}

test("a partition key's hash is the MD5 of its UTF-8, whatever is in it", () => {
  const keys = fc.oneof(
    fc.string({ maxLength: 256 }),
    fc.string({ unit: "grapheme", maxLength: 120 }),
    fc.string({ unit: "binary", maxLength: 120 }),
  );
  fc.assert(
    fc.property(keys, (key) => {
      expect(hashKeyOf(key)).toBe(md5Of(key));
    }),
    { numRuns: 500 },
  );
});

test("every length around the blocks of MD5 is hashed right", () => {
  for (let length = 0; length <= 300; length += 1) {
    for (const letter of ["k", "é", "☃"]) {
      const key = letter.repeat(length);
      expect(hashKeyOf(key)).toBe(md5Of(key));
    }
  }
});

test("a key far longer than a partition key may be is hashed too", () => {
  const key = "☃".repeat(100_000);
  expect(hashKeyOf(key)).toBe(md5Of(key));
});

test("words and numbers are the same hash keys, in the same order", () => {
  fc.assert(
    fc.property(hashKeys, hashKeys, (a, b) => {
      const words = new Uint32Array(9);
      writeHashKeyWords(a, words, 0);
      writeHashKeyWords(b, words, 5);
      expect(wordsToHashKey(words, 0)).toBe(a);
      expect(wordsToHashKey(words, 5)).toBe(b);
      const order = Math.sign(compareHashKeyWords(words, 0, words, 5));
      expect(order).toBe(a === b ? 0 : a < b ? -1 : 1);
    }),
  );
});

test("the words of a hash are its number", () => {
  const words = new Uint32Array(4);
  md5Words("customer-7", words);
  expect(wordsToHashKey(words, 0)).toBe(md5Of("customer-7"));
});

test.each<[string | bigint, bigint]>([
  ["0", 0n],
  ["007", 7n],
  [" +5 ", 5n],
  [MAX_HASH_KEY.toString(), MAX_HASH_KEY],
  [MAX_HASH_KEY, MAX_HASH_KEY],
  [0n, 0n],
])("%s is a hash key", (input, hashKey) => {
  expect(parseExplicitHashKey(input)).toBe(hashKey);
});

test.each<string | bigint>([
  "",
  " ",
  "+",
  "++5",
  "-1",
  "-0",
  "1e3",
  "0x10",
  "1.0",
  "1 2",
  "５",
  (MAX_HASH_KEY + 1n).toString(),
  -1n,
  MAX_HASH_KEY + 1n,
  "9".repeat(100_000),
])("%s is none", (input) => {
  expect(parseExplicitHashKey(input)).toBeUndefined();
});

test("a range holds both of its ends", () => {
  const range = { start: 5n, end: 9n };
  expect([4n, 5n, 7n, 9n, 10n].map((key) => rangeContains(range, key))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ]);
});

test("ranges tile the hash space if they cover it once, in any order", () => {
  const cuts = fc.uniqueArray(fc.bigInt({ min: 1n, max: MAX_HASH_KEY }), { maxLength: 20 });
  fc.assert(
    fc.property(cuts, fc.infiniteStream(fc.nat()), (inner, order) => {
      const starts = [0n, ...inner.sort((a, b) => (a < b ? -1 : 1))];
      const ranges = starts.map((start, i) => ({
        start,
        end: (starts[i + 1] ?? MAX_HASH_KEY + 1n) - 1n,
      }));
      const mixed = ranges
        .map((range) => ({ range, at: order.next().value as number }))
        .sort((a, b) => a.at - b.at)
        .map(({ range }) => range);
      expect(tilesHashSpace(mixed)).toBe(true);
      expect(tilesHashSpace(mixed.slice(1))).toBe(false);
      expect(tilesHashSpace([...mixed, mixed[0] as (typeof mixed)[0]])).toBe(false);
    }),
  );
  expect(tilesHashSpace([])).toBe(false);
});
