// DescribeStreamSummary.
// Faithful: every status is described. Deviates: there is never a StreamId, because the JavaScript SDK sends
// the calls of a stream that has one to AWS, whatever endpoint it was given
// (https://www.npmjs.com/package/@aws-sdk/client-kinesis, 3.1143, 2026-11-21).
import { streamOf } from "../addressing.ts";
import { structure } from "../compound-shapes.ts";
import { STREAM_ADDRESS, type StreamAddress } from "../members.ts";
import type { Operation } from "../operation.ts";
import { describeStream, type StreamOutput } from "../stream-description.ts";

/** Members of the answer. */
export interface DescribeStreamSummaryOutput {
  readonly StreamDescriptionSummary: StreamOutput & {
    readonly OpenShardCount: number;
    readonly ConsumerCount: number;
    readonly MaxRecordSizeInKiB: number;
  };
}

const KIB = 1024;

/** Tells what a stream is, without its shards. */
export const describeStreamSummary: Operation<StreamAddress, DescribeStreamSummaryOutput> = {
  name: "DescribeStreamSummary",
  input: structure<StreamAddress>(STREAM_ADDRESS),
  run: (input, call) => {
    const stream = streamOf(input, call);
    return {
      StreamDescriptionSummary: {
        ...describeStream(stream),
        OpenShardCount: stream.shards.openCount,
        ConsumerCount: 0,
        MaxRecordSizeInKiB: stream.plan.maxRecordBytes / KIB,
      },
    };
  },
};
