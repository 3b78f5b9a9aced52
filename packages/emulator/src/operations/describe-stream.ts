// DescribeStream.
// Faithful: at most 100 shards a page, no shards while CREATING. Deviates: there is never a StreamId, for the
// reason that describe-stream-summary.ts gives.
import { streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { PAGE_LIMIT, STREAM_ADDRESS, type StreamAddress, TEXTS } from "../input/members.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Call, Operation } from "../operation.ts";
import { describeShard, type ShardOutput } from "../stream/shard-description.ts";
import {
  describeStream as describeWhole,
  type StreamOutput,
} from "../stream/stream-description.ts";

/** Members of the call. */
export interface DescribeStreamInput extends StreamAddress {
  readonly Limit?: number;
  readonly ExclusiveStartShardId?: string;
}

/** Members of the answer. */
export interface DescribeStreamOutput {
  readonly StreamDescription: StreamOutput & {
    readonly Shards: readonly ShardOutput[];
    readonly HasMoreShards: boolean;
  };
}

const MAX_SHARDS = 100;

/** Tells what a stream is, with a page of its shards. */
export const describeStream: Operation<DescribeStreamInput, DescribeStreamOutput> = {
  name: "DescribeStream",
  input: structure<DescribeStreamInput>({
    ...STREAM_ADDRESS,
    Limit: PAGE_LIMIT,
    ExclusiveStartShardId: TEXTS.ShardId,
  }),
  run,
};

function run(input: DescribeStreamInput, call: Call): DescribeStreamOutput {
  const stream = streamOf(input, call);
  requireRate("DescribeStream", call, stream);
  const after = input.ExclusiveStartShardId ?? "";
  const shards = [...stream.shards.all()].filter(({ shardId }) => shardId > after);
  const page = shards.slice(0, Math.min(input.Limit ?? MAX_SHARDS, MAX_SHARDS));
  return {
    StreamDescription: {
      ...describeWhole(stream),
      Shards: page.map((shard) => describeShard(shard)),
      HasMoreShards: page.length < shards.length,
    },
  };
}
