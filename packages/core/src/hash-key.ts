// Partition key -> 128-bit hash key, and ranges of hash keys. Values here are bigints and meant for
// cold paths; the producer's per-record path uses the 32-bit words of hash-key-words.ts.
import { wordsToHashKey } from "./hash-key-words.ts";
import { md5Words } from "./md5.ts";

/** Both ends are inclusive, as in the Kinesis API. */
export interface HashKeyRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** The largest hash key, 2^128 - 1. */
export const MAX_HASH_KEY: bigint = (1n << 128n) - 1n;

const DIGITS = /^\+?\d+$/;

/** The hash key that the service gives a partition key: the MD5 of its UTF-8 bytes, big-endian. */
export function hashKeyOf(partitionKey: string): bigint {
  const words = new Uint32Array(4);
  md5Words(partitionKey, words);
  return wordsToHashKey(words, 0);
}

/**
 * Reads an explicit hash key: surrounding white space, a plus sign and leading zeros are accepted.
 * Answers `undefined` for anything that is not a whole number from 0 to 2^128 - 1.
 */
export function parseExplicitHashKey(input: string | bigint): bigint | undefined {
  if (typeof input === "string" && !DIGITS.test(input.trim())) return undefined;
  const value = typeof input === "bigint" ? input : BigInt(input.trim().replace("+", ""));
  return value >= 0n && value <= MAX_HASH_KEY ? value : undefined;
}

/** Whether a hash key lies inside a range. */
export function rangeContains(range: HashKeyRange, hashKey: bigint): boolean {
  return range.start <= hashKey && hashKey <= range.end;
}

/** Whether ranges, in any order, cover every hash key exactly once. */
export function tilesHashSpace(ranges: readonly HashKeyRange[]): boolean {
  const sorted = [...ranges].sort((a, b) => (a.start < b.start ? -1 : 1));
  let next = 0n;
  for (const { start, end } of sorted) {
    if (start !== next || end < start) return false;
    next = end + 1n;
  }
  return next === MAX_HASH_KEY + 1n;
}
