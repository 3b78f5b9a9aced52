// Shards and their lineage: a split closes one shard and opens two children, a merge closes two and
// opens one.
import type { HashKeyRange } from "./hash-key.ts";

/** One shard, as ListShards describes it. */
export interface Shard {
  readonly shardId: string;
  /** Absent only on service-managed streams. */
  readonly hashKeyRange?: HashKeyRange;
  readonly startingSequenceNumber: string;
  /** Present once the shard is closed. */
  readonly endingSequenceNumber?: string;
  readonly parentShardId?: string;
  /** The second parent of a merge. */
  readonly adjacentParentShardId?: string;
}

/** A child named in the last answer of a closed shard. */
export interface ChildShard {
  readonly shardId: string;
  /** One for a split, two for a merge. */
  readonly parentShardIds: readonly string[];
  readonly hashKeyRange?: HashKeyRange;
}

/** An open shard still takes writes. */
export function isOpen(shard: Shard): boolean {
  return shard.endingSequenceNumber === undefined;
}

/** The ids of a shard's parents: none, one after a split, two after a merge. */
export function parentIdsOf(shard: Shard): readonly string[] {
  return [shard.parentShardId, shard.adjacentParentShardId].filter((id) => id !== undefined);
}
