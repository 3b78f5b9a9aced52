// GetShardIterator.
// Faithful: all five types, LATEST pinned to the tip at the moment of the call, numbers that lie between
// records, the service's distinct refusals. Deviates: calls are not limited to 5 per second and shard.
import { dataShardOf, dataStreamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { issueIterator } from "../tokens/iterators.ts";
import { STREAM_ADDRESS, type StreamAddress, TEXTS } from "../input/members.ts";
import type { Call, Operation } from "../operation.ts";
import { dryRunSucceeded } from "../input/record-placement.ts";
import { flag, timestamp, word } from "../input/scalar-shapes.ts";
import { invalidArgument } from "../service-exception.ts";
import { required } from "../input/shape.ts";
import type { Shard } from "../stream/shard.ts";
import { startingNumberOf, wrongPair } from "../input/starting-number.ts";
import type { Stream } from "../stream/stream.ts";

type IteratorType =
  | "AFTER_SEQUENCE_NUMBER"
  | "AT_SEQUENCE_NUMBER"
  | "AT_TIMESTAMP"
  | "LATEST"
  | "TRIM_HORIZON";

/** Members of the call. */
export interface GetShardIteratorInput extends StreamAddress {
  readonly ShardId: string;
  readonly ShardIteratorType: IteratorType;
  readonly StartingSequenceNumber?: string;
  /** Epoch seconds. */
  readonly Timestamp?: number;
  readonly DryRun?: boolean;
}

/** Members of the answer. */
export interface GetShardIteratorOutput {
  readonly ShardIterator: string;
}

/** Answers with a place in a shard to read from. */
export const getShardIterator: Operation<GetShardIteratorInput, GetShardIteratorOutput> = {
  name: "GetShardIterator",
  input: structure<GetShardIteratorInput>({
    ...STREAM_ADDRESS,
    ShardId: required(TEXTS.ShardId),
    ShardIteratorType: required(
      word("AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"),
    ),
    StartingSequenceNumber: TEXTS.SequenceNumber,
    Timestamp: timestamp(),
    DryRun: flag(),
  }),
  run,
};

function run(input: GetShardIteratorInput, call: Call): GetShardIteratorOutput {
  const stream = dataStreamOf(input, call);
  const shard = dataShardOf(stream, input.ShardId);
  const index = indexOf(input, stream, shard, call);
  if (input.DryRun === true) throw dryRunSucceeded();
  return { ShardIterator: issueIterator(stream, shard, index, call.wallMs) };
}

function indexOf(input: GetShardIteratorInput, stream: Stream, shard: Shard, call: Call): number {
  const { ShardIteratorType: type, StartingSequenceNumber: number } = input;
  switch (type) {
    case "TRIM_HORIZON":
      refuseNumber(type, number);
      return 0;
    case "LATEST":
      refuseNumber(type, number);
      return shard.nextIndex;
    case "AT_TIMESTAMP":
      return shard.indexAtTime(timeOf(input.Timestamp, call.wallMs));
    case "AT_SEQUENCE_NUMBER":
      return shard.indexAt(startingNumberOf(type, number, stream, shard));
    case "AFTER_SEQUENCE_NUMBER":
      return shard.indexAfter(startingNumberOf(type, number, stream, shard));
  }
}

function timeOf(seconds: number | undefined, nowMs: number): number {
  if (seconds === undefined) {
    throw invalidArgument(
      "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. " +
        "Current request has no timestamp parameter.",
    );
  }
  const timeMs = Math.round(seconds * 1000);
  if (timeMs <= nowMs) return timeMs;
  throw invalidArgument(
    "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. " +
      `timestampInMillis: ${timeMs}, currentTimestampInMillis: ${nowMs}`,
  );
}

function refuseNumber(type: IteratorType, number: string | undefined): void {
  if (number === undefined) return;
  throw wrongPair(`${type} and also a StartingSequenceNumber`);
}
