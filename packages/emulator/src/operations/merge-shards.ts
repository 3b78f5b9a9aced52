// MergeShards.
// Faithful: lineage, ranges, refusals. Deviates: the shards may be named in either order; parents close and the
// child opens at the end of UPDATING or, if told so, at its start, where AWS does it some time in between.
import { streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { STREAM_ADDRESS, type StreamAddress, TEXTS } from "../input/members.ts";
import type { Call, NoOutput, Operation } from "../operation.ts";
import { requireOpen, requireReshardable, shardToReshard } from "../input/reshard-checks.ts";
import { invalidArgument } from "../service-exception.ts";
import { required } from "../input/shape.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Shard } from "../stream/shard.ts";

/** Members of the call. */
export interface MergeShardsInput extends StreamAddress {
  readonly ShardToMerge: string;
  readonly AdjacentShardToMerge: string;
}

/** Merges two shards that lie side by side. */
export const mergeShards: Operation<MergeShardsInput, NoOutput> = {
  name: "MergeShards",
  input: structure<MergeShardsInput>({
    ...STREAM_ADDRESS,
    ShardToMerge: required(TEXTS.ShardId),
    AdjacentShardToMerge: required(TEXTS.ShardId),
  }),
  run,
};

function run(input: MergeShardsInput, call: Call): NoOutput {
  const stream = streamOf(input, call);
  const shard = shardToReshard(stream, input.ShardToMerge);
  const adjacent = shardToReshard(stream, input.AdjacentShardToMerge);
  requireReshardable(stream);
  requireOpen(stream, shard);
  requireOpen(stream, adjacent);
  if (!follows(shard, adjacent) && !follows(adjacent, shard)) {
    throw invalidArgument(
      `Shards ${shard.shardId} and ${adjacent.shardId} in stream ${stream.plan.name} under account ` +
        `${stream.home.accountId} are not an adjacent pair of shards eligible for merging`,
    );
  }
  requireRate("MergeShards", call, stream);
  stream.reshard({ kind: "merge", shardId: shard.shardId, adjacentId: adjacent.shardId });
  return undefined;
}

function follows(a: Shard, b: Shard): boolean {
  return a.origin.range.end + 1n === b.origin.range.start;
}
