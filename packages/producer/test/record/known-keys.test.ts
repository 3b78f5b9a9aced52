import { md5Words } from "@shardline/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type HashedKey, hashedKey, wordsOf } from "../../src/record/hashed-key.ts";
import { KnownKeys } from "../../src/record/known-keys.ts";

/** As the door does. */
function keyOf(keys: KnownKeys, text: string): HashedKey {
  const known = keys.find(text);
  if (known !== undefined) return known;
  const key = hashedKey(text);
  keys.keep(key);
  return key;
}

function expectTrue(keys: KnownKeys, text: string): void {
  const key = keyOf(keys, text);
  const computed = new Uint32Array(4);
  md5Words(text, computed);
  expect([key.text, key.bytes]).toEqual([text, Buffer.byteLength(text)]);
  expect(wordsOf(key, new Uint32Array(4))).toEqual(computed);
}

it("answers as MD5 does, for keys it knows and keys it does not", () => {
  const keys = new KnownKeys();
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 50 }), (texts) => {
      const wellFormed = texts.filter((text) => text.isWellFormed());
      for (const text of [...wellFormed, ...wellFormed]) expectTrue(keys, text);
    }),
  );
});

it("answers the same while it stays out of the way, and when it is tried again", () => {
  const keys = new KnownKeys();
  for (let i = 0; i < 200_000; i += 1) keyOf(keys, `unique-${i}`);
  for (let i = 0; i < 200_000; i += 1) keyOf(keys, `key-${i % 20}`);
  for (const text of ["key-3", "unique-7", "\u2603"]) expectTrue(keys, text);
});

it("tells keys apart that are alike but for one unit, as long as it keeps and a little longer", () => {
  const keys = new KnownKeys();
  for (const length of [1, 16, 17, 39, 40, 41, 256]) {
    const alike = "x".repeat(length - 1);
    for (const text of [`${alike}a`, `${alike}b`, `a${alike}`, `b${alike}`]) {
      for (let turn = 0; turn < 2; turn += 1) expectTrue(keys, text);
    }
  }
});

it("finds what was kept, and nothing that was not, be it a string or not", () => {
  const keys = new KnownKeys();
  const key = keyOf(keys, "k");
  expect(keys.find("k")).toEqual(key);
  for (const other of ["", "K", undefined, null, 7, {}, Symbol("k"), ["k"]]) {
    expect(keys.find(other)).toBeUndefined();
  }
});

it("keeps the first thousand keys of many, and forgets them when they do not come any more", () => {
  const keys = new KnownKeys();
  for (let i = 0; i < 2000; i += 1) keyOf(keys, `early-${i}`);
  expect(keys.find("early-7")).toBeDefined();
  expect(keys.find("early-1999")).toBeUndefined();
  for (let i = 0; i < 200_000; i += 1) keyOf(keys, `late-${i % 20}`);
  expect(keys.find("late-7")).toBeDefined();
  expect(keys.find("early-7")).toBeUndefined();
});
