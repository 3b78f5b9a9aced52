// A stream of very many shards, which have nothing to read.
import { MAX_HASH_KEY, type Shard } from "@shardline/core";

export const STREAM = "bench";
/** When it was created, in epoch seconds. */
export const CREATED_S = 1_767_225_600;

/** Open shards that share the hash keys equally. */
export function manyShards(count: number): Shard[] {
  const width = (MAX_HASH_KEY + 1n) / BigInt(count);
  return Array.from({ length: count }, (_, i) => {
    const isLast = i === count - 1;
    const start = width * BigInt(i);
    return {
      shardId: `shardId-${String(i).padStart(12, "0")}`,
      hashKeyRange: { start, end: isLast ? MAX_HASH_KEY : start + width - 1n },
      startingSequenceNumber: "1",
    };
  });
}
