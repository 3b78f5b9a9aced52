// What SubscribeToShard pushes: the request, the records of an event, and where to go on after it.
import type { SubscribeToShardCommandInput, SubscribeToShardEvent } from "@aws-sdk/client-kinesis";
import {
  type KinesisRecord,
  type NextSubscription,
  type SubscribeToShardRequest,
  type SubscriptionEvent,
  toDate,
} from "@shardline/core";
import { expectAnswer } from "./answer-mismatch.ts";
import { expectInOrder, isNumber, readRecord, readShardEnd } from "./shard-records.ts";

type StartingPosition = NonNullable<SubscribeToShardCommandInput["StartingPosition"]>;

export function subscribeToShardInput(
  request: SubscribeToShardRequest,
): SubscribeToShardCommandInput {
  const { consumerArn, shardId } = request;
  return { ConsumerARN: consumerArn, ShardId: shardId, StartingPosition: positionOf(request) };
}

/** Reads an event of the SDK's; the records' data stay its own bytes. */
export function readSubscriptionEvent(event: Partial<SubscribeToShardEvent>): SubscriptionEvent {
  expectAnswer(Array.isArray(event.Records), "an event without a list of records");
  return subscriptionEventOf(event.Records.map(readRecord), event);
}

/** What stands beside the records of an event; of what comes from the network nothing is certain. */
interface Frame {
  readonly ContinuationSequenceNumber?: unknown;
  readonly MillisBehindLatest?: unknown;
  readonly ChildShards?: unknown;
}

/** An event with these records. */
export function subscriptionEventOf(
  records: readonly KinesisRecord[],
  frame: Frame,
): SubscriptionEvent {
  // Without one, an event without records would pass for the tip of the shard.
  const { MillisBehindLatest: millisBehindLatest } = frame;
  expectAnswer(typeof millisBehindLatest === "number", "a lag that is no number");
  expectInOrder(records);
  return { records, millisBehindLatest, next: readNext(frame) };
}

/** At the end of a shard its children take the place of the number: never both, never neither. */
function readNext({ ChildShards, ContinuationSequenceNumber: number }: Frame): NextSubscription {
  const children = ChildShards ?? [];
  expectAnswer(Array.isArray(children), "child shards that are no list");
  if (number !== undefined && number !== null) {
    expectAnswer(isNumber(number), "a number to go on with that is none");
    expectAnswer(children.length === 0, "child shards beside a number to go on with");
    return { kind: "continuation", sequenceNumber: number };
  }
  expectAnswer(children.length > 0, "neither a number to go on with nor child shards");
  return readShardEnd(children);
}

/** The service refuses a start that comes with more than its own field. */
function positionOf({ start }: SubscribeToShardRequest): StartingPosition {
  switch (start.type) {
    case "TRIM_HORIZON":
    case "LATEST":
      return { Type: start.type };
    case "AT_TIMESTAMP":
      return { Type: start.type, Timestamp: toDate(start.timestampMs) };
    case "AT_SEQUENCE_NUMBER":
    case "AFTER_SEQUENCE_NUMBER":
      return { Type: start.type, SequenceNumber: start.sequenceNumber };
  }
}
