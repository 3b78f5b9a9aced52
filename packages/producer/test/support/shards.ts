// Listings of shards as ListShards gives them.
import { MAX_HASH_KEY, type Shard } from "@shardline/core";
import { ShardMap } from "../../src/shard-map/shard-map.ts";

/** The id of the nth shard of a stream. */
export function shardId(index: number): string {
  return `shardId-${String(index).padStart(12, "0")}`;
}

export function shard(index: number, start: bigint, end: bigint, more: Partial<Shard> = {}): Shard {
  return {
    shardId: shardId(index),
    hashKeyRange: { start, end },
    startingSequenceNumber: String(index),
    ...more,
  };
}

/** So many open shards of equal size. */
export function equalShards(count: number): Shard[] {
  const width = (MAX_HASH_KEY + 1n) / BigInt(count);
  return Array.from({ length: count }, (_, i) => {
    const end = i === count - 1 ? MAX_HASH_KEY : width * BigInt(i + 1) - 1n;
    return shard(i, width * BigInt(i), end);
  });
}

/** The map that a listing makes. */
export function mapOf(...shards: readonly Shard[]): ShardMap {
  const map = ShardMap.of(shards);
  if (map === undefined) throw new Error("no map: the shards do not cover every hash key once");
  return map;
}
