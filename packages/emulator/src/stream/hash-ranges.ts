// How the hash space is divided among the shards of a new or uniformly scaled stream.
import { type HashKeyRange, MAX_HASH_KEY } from "@shardline/core";

/** `count` ranges of floor(2^128 / count) keys; the last one also takes what is left over. */
export function uniformRanges(count: number): HashKeyRange[] {
  const width = (MAX_HASH_KEY + 1n) / BigInt(count);
  return Array.from({ length: count }, (_, i) => ({
    start: width * BigInt(i),
    end: i === count - 1 ? MAX_HASH_KEY : width * BigInt(i + 1) - 1n,
  }));
}
