// The control plane over the SDK: calls that start-up code, tools and people make, with no loop above them
// to repeat them.
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  MergeShardsCommand,
  SplitShardCommand,
} from "@aws-sdk/client-kinesis";
import type { ApiFailure, KinesisApi } from "@shardline/core";
import { createStreamInput, mergeShardsInput, splitShardInput } from "./reshard-inputs.ts";
import type { MakeSdkCall } from "./sdk-call.ts";
import { streamFields } from "./stream-fields.ts";
import { readStreamSummary } from "./stream-summary.ts";
import { mayChangeAgain, mayLookAgain, withRetries } from "./with-retries.ts";

/** The calls that look at streams and change them. */
type ControlPlane = Pick<
  KinesisApi,
  "createStream" | "describeStreamSummary" | "splitShard" | "mergeShards"
>;

/** Calls by `client.send`, retried as far as their failure allows. */
export function sdkControlPlane(call: MakeSdkCall): ControlPlane {
  const retried =
    (mayRetry: (failure: ApiFailure) => boolean): MakeSdkCall =>
    (what, signal) =>
      withRetries(() => call(what, signal), mayRetry, signal);
  const look = retried(mayLookAgain);
  const change = retried(mayChangeAgain);

  return {
    describeStreamSummary: ({ stream }, signal) => {
      const command = () => new DescribeStreamSummaryCommand(streamFields(stream));
      return look({ operation: "DescribeStreamSummary", command, read: readStreamSummary }, signal);
    },
    createStream: (request, signal) => {
      const command = () => new CreateStreamCommand(createStreamInput(request));
      return change({ operation: "CreateStream", command, read: readNothing }, signal);
    },
    splitShard: (request, signal) => {
      const command = () => new SplitShardCommand(splitShardInput(request));
      return change({ operation: "SplitShard", command, read: readNothing }, signal);
    },
    mergeShards: (request, signal) => {
      const command = () => new MergeShardsCommand(mergeShardsInput(request));
      return change({ operation: "MergeShards", command, read: readNothing }, signal);
    },
  };
}

/** Changes are answered with an empty body. */
function readNothing(): void {}
