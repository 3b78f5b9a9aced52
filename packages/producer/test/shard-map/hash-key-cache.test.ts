import { md5Words } from "@shardline/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { HashKeyCache } from "../../src/shard-map/hash-key-cache.ts";

function expectTrue(cache: HashKeyCache, key: string): void {
  const [cached, computed] = [new Uint32Array(4), new Uint32Array(4)];
  cache.write(key, cached);
  md5Words(key, computed);
  expect(cached).toEqual(computed);
}

it("answers as MD5 does, for keys it knows and keys it does not", () => {
  const cache = new HashKeyCache();
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 50 }), (keys) => {
      for (const key of [...keys, ...keys]) expectTrue(cache, key);
    }),
  );
});

it("answers the same while it stays out of the way, and when it is tried again", () => {
  const cache = new HashKeyCache();
  const out = new Uint32Array(4);
  for (let i = 0; i < 200_000; i += 1) cache.write(`unique-${i}`, out);
  for (let i = 0; i < 200_000; i += 1) cache.write(`key-${i % 20}`, out);
  for (const key of ["key-3", "unique-7", "", "☃"]) expectTrue(cache, key);
});

it("tells keys apart that are alike but for one unit, as long as it keeps and a little longer", () => {
  const cache = new HashKeyCache();
  for (const length of [1, 16, 17, 39, 40, 41, 256]) {
    const alike = "x".repeat(length - 1);
    for (const key of [`${alike}a`, `${alike}b`, `a${alike}`, `b${alike}`]) {
      for (let turn = 0; turn < 2; turn += 1) expectTrue(cache, key);
    }
  }
});
