// The control plane over the SDK: calls that start-up code, tools and people make, with no loop above them
// to repeat them.
import {
  type Consumer as SdkConsumer,
  CreateStreamCommand,
  DeregisterStreamConsumerCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  MergeShardsCommand,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
} from "@aws-sdk/client-kinesis";
import type { ApiFailure, KinesisApi } from "@shardline/core";
import { putRecordsInput } from "./put-records.ts";
import { rehearseCommand, untilRehearsed } from "./rehearsal.ts";
import { createStreamInput, mergeShardsInput, splitShardInput } from "./reshard-inputs.ts";
import { expectAnswer } from "./answer-mismatch.ts";
import type { MakeSdkCall } from "./sdk-call.ts";
import { readStreamConsumer, streamConsumerInput } from "./stream-consumer.ts";
import { streamFields } from "./stream-fields.ts";
import { readStreamSummary } from "./stream-summary.ts";
import { mayChangeAgain, mayLookAgain, withRetries } from "./with-retries.ts";

/** The calls that look at streams and their consumers, and change them. */
type ControlPlane = Pick<
  KinesisApi,
  | "createStream"
  | "describeStreamSummary"
  | "splitShard"
  | "mergeShards"
  | "rehearsePutRecords"
  | keyof ConsumerPlane
>;

/** Those of consumers alone. */
type ConsumerPlane = Pick<
  KinesisApi,
  "registerStreamConsumer" | "describeStreamConsumer" | "deregisterStreamConsumer"
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
    ...consumerPlane(look, change),
    describeStreamSummary: ({ stream }, signal) => {
      const command = () => new DescribeStreamSummaryCommand(streamFields(stream));
      return look({ operation: "DescribeStreamSummary", command, read: readStreamSummary }, signal);
    },
    rehearsePutRecords: (request, signal) => {
      const command = () => rehearseCommand(putRecordsInput(request));
      const rehearsal = change({ operation: "PutRecords", command, read: refuseAnswer }, signal);
      return untilRehearsed(rehearsal);
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

function consumerPlane(look: MakeSdkCall, change: MakeSdkCall): ConsumerPlane {
  return {
    registerStreamConsumer: ({ consumerName, streamArn }, signal) => {
      const input = { StreamARN: streamArn, ConsumerName: consumerName };
      const command = () => new RegisterStreamConsumerCommand(input);
      const read = ({ Consumer }: { readonly Consumer?: SdkConsumer | undefined }) =>
        readStreamConsumer(Consumer);
      return change({ operation: "RegisterStreamConsumer", command, read }, signal);
    },
    describeStreamConsumer: (request, signal) => {
      const command = () => new DescribeStreamConsumerCommand(streamConsumerInput(request));
      const read = (answer: { readonly ConsumerDescription?: SdkConsumer | undefined }) =>
        readStreamConsumer(answer.ConsumerDescription);
      return look({ operation: "DescribeStreamConsumer", command, read }, signal);
    },
    deregisterStreamConsumer: (request, signal) => {
      const command = () => new DeregisterStreamConsumerCommand(streamConsumerInput(request));
      return change({ operation: "DeregisterStreamConsumer", command, read: readNothing }, signal);
    },
  };
}

/** The service answers no rehearsal with success: whoever does may have stored the records, and is not asked again. */
function refuseAnswer(): never {
  expectAnswer(false, "success for a call that was only to be checked");
}

/** Changes are answered with an empty body. */
function readNothing(): void {}
