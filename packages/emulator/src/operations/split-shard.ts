// SplitShard.
// Faithful: lineage, ranges, refusals. Deviates: parents close and children open at the end of UPDATING or, if
// told so, at its start, where AWS does it some time in between.
import { streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { STREAM_ADDRESS, type StreamAddress, TEXTS } from "../input/members.ts";
import type { Call, NoOutput, Operation } from "../operation.ts";
import { requireOpen, requireReshardable, shardToReshard } from "../input/reshard-checks.ts";
import { invalidArgument } from "../service-exception.ts";
import { required } from "../input/shape.ts";
import { requireRate } from "../limits/throttling.ts";

/** Members of the call. */
export interface SplitShardInput extends StreamAddress {
  readonly ShardToSplit: string;
  readonly NewStartingHashKey: string;
}

/** Splits a shard in two. */
export const splitShard: Operation<SplitShardInput, NoOutput> = {
  name: "SplitShard",
  input: structure<SplitShardInput>({
    ...STREAM_ADDRESS,
    ShardToSplit: required(TEXTS.ShardId),
    NewStartingHashKey: required(TEXTS.HashKey),
  }),
  run,
};

function run(input: SplitShardInput, call: Call): NoOutput {
  const stream = streamOf(input, call);
  const shard = shardToReshard(stream, input.ShardToSplit);
  requireReshardable(stream);
  requireOpen(stream, shard);
  const at = BigInt(input.NewStartingHashKey);
  const { start, end } = shard.origin.range;
  if (at <= start + 1n || at >= end) {
    throw invalidArgument(
      `NewStartingHashKey ${at} used in SplitShard() on shard ${shard.shardId} in stream ${stream.plan.name} ` +
        `under account ${stream.home.accountId} is not both greater than one plus the shard's ` +
        `StartingHashKey ${start} and less than the shard's EndingHashKey ${end}.`,
    );
  }
  stream.home.requireQuota("PROVISIONED", 1);
  requireRate("SplitShard", call, stream);
  stream.reshard({ kind: "split", shardId: shard.shardId, at: at.toString() });
  return undefined;
}
