// What SplitShard, MergeShards and UpdateShardCount all ask before they start.
import { invalidArgument, ServiceException } from "../service-exception.ts";
import type { Shard } from "../stream/shard.ts";
import type { Stream } from "../stream/stream.ts";

/**
 * Only an ACTIVE stream is resharded, and one whose owner decides about its shards.
 * @throws ServiceException ResourceInUseException or ValidationException
 */
export function requireReshardable(stream: Stream): void {
  stream.requireStatus("ACTIVE");
  if (stream.mode !== "ON_DEMAND") return;
  throw new ServiceException(
    "ValidationException",
    `Request is invalid. Stream ${stream.plan.name} under account ${stream.home.accountId} is in On-Demand mode.`,
  );
}

/**
 * A shard by id, open or closed.
 * @throws ServiceException ResourceNotFoundException
 */
export function shardToReshard(stream: Stream, shardId: string): Shard {
  const shard = stream.shards.find(shardId);
  if (shard !== undefined) return shard;
  throw new ServiceException(
    "ResourceNotFoundException",
    `Could not find shard ${shardId} in stream ${stream.plan.name} under account ${stream.home.accountId}.`,
  );
}

/**
 * Only open shards are split or merged.
 * @throws ServiceException InvalidArgumentException
 */
export function requireOpen(stream: Stream, shard: Shard): void {
  if (shard.closing === undefined) return;
  throw invalidArgument(
    `Shard ${shard.shardId} in stream ${stream.plan.name} under account ${stream.home.accountId} has already ` +
      "been merged or split, and thus is not eligible for merging or splitting.",
  );
}
