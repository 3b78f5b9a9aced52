// DescribeStreamSummary.
// Faithful: every status is described; a stream in CREATING has its shard count already
// (https://docs.aws.amazon.com/streams/latest/dev/fundamental-stream.html, 2026-11-21). Deviates: there is
// never a StreamId, because version 3.1143 of the JavaScript SDK sends the calls of a stream that has one to
// AWS, whatever endpoint it was given; warm throughput is told only where it was asked for.
import { streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { KIB } from "../input/settings-members.ts";
import { STREAM_ADDRESS, type StreamAddress } from "../input/members.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Operation } from "../operation.ts";
import type { Distribution } from "../stream/stream-settings.ts";
import { describeStream, type StreamOutput } from "../stream/stream-description.ts";
import { describeWarmth, type WarmthOutput } from "../stream/warmth-description.ts";

/** Members of the answer. */
export interface DescribeStreamSummaryOutput {
  readonly StreamDescriptionSummary: StreamOutput &
    WarmthOutput & {
      readonly OpenShardCount: number;
      readonly ConsumerCount: number;
      readonly ChannelCount: 0;
      readonly MaxRecordSizeInKiB: number;
      /** Of streams on demand only. */
      readonly RecordDistributionStrategy?: Distribution;
    };
}

/** Tells what a stream is, without its shards. */
export const describeStreamSummary: Operation<StreamAddress, DescribeStreamSummaryOutput> = {
  name: "DescribeStreamSummary",
  input: structure<StreamAddress>(STREAM_ADDRESS),
  run: (input, call) => {
    const stream = streamOf(input, call);
    requireRate("DescribeStreamSummary", call, stream);
    return {
      StreamDescriptionSummary: {
        ...describeStream(stream),
        OpenShardCount: stream.openShardCount,
        ConsumerCount: stream.consumers.count,
        ChannelCount: 0,
        ...describeWarmth(stream),
        MaxRecordSizeInKiB: stream.maxRecordBytes / KIB,
        ...(stream.mode === "ON_DEMAND" ? { RecordDistributionStrategy: stream.distribution } : {}),
      },
    };
  },
};
