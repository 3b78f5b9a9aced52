// Shards as the API describes them.
import type { HashKeyRange } from "@shardline/core";
import type { Shard } from "./shard.ts";

/** Both ends are inclusive decimals. */
export interface HashKeyRangeOutput {
  readonly StartingHashKey: string;
  readonly EndingHashKey: string;
}

/** A shard in a listing. */
export interface ShardOutput {
  readonly ShardId: string;
  readonly ParentShardId?: string;
  readonly AdjacentParentShardId?: string;
  readonly HashKeyRange: HashKeyRangeOutput;
  readonly SequenceNumberRange: {
    readonly StartingSequenceNumber: string;
    readonly EndingSequenceNumber?: string;
  };
}

/** Describes a range. */
export function describeRange({ start, end }: HashKeyRange): HashKeyRangeOutput {
  return { StartingHashKey: start.toString(), EndingHashKey: end.toString() };
}

/** Describes a shard, with its end unless that is to come yet. */
export function describeShard(
  shard: Shard,
  isOpen: boolean = shard.closing === undefined,
): ShardOutput {
  const [parentId, adjacentId] = shard.origin.parentIds;
  const ending = isOpen ? undefined : shard.closing?.endingSequenceNumber;
  return {
    ShardId: shard.shardId,
    ...(parentId === undefined ? {} : { ParentShardId: parentId }),
    ...(adjacentId === undefined ? {} : { AdjacentParentShardId: adjacentId }),
    HashKeyRange: describeRange(shard.origin.range),
    SequenceNumberRange: {
      StartingSequenceNumber: shard.startingSequenceNumber,
      ...(ending === undefined ? {} : { EndingSequenceNumber: ending }),
    },
  };
}
