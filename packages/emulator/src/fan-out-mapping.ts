// Between the types of the port and the members of the service's model, for consumers and what is pushed to them.
import type {
  DescribeStreamConsumerRequest,
  IteratorStart,
  StreamConsumer,
  SubscribeToShardRequest,
  SubscriptionEvent,
} from "@shardline/core";
import type { ConsumerOutput } from "./fan-out/consumer-description.ts";
import type { SubscribeToShardEvent } from "./fan-out/subscription-event.ts";
import type { ConsumerAddress } from "./input/consumer-addressing.ts";
import type { SubscribeToShardInput } from "./operations/subscribe-to-shard.ts";
import { readRecord, readShardEnd } from "./port-records.ts";

/** How a consumer is named in an input. */
export function consumerAddressOf(request: DescribeStreamConsumerRequest): ConsumerAddress {
  return "consumerArn" in request
    ? { ConsumerARN: request.consumerArn }
    : { StreamARN: request.streamArn, ConsumerName: request.consumerName };
}

/** A consumer out of an answer. */
export function readConsumer(output: ConsumerOutput): StreamConsumer {
  return {
    name: output.ConsumerName,
    arn: output.ConsumerARN,
    status: output.ConsumerStatus,
    createdAtMs: Math.round(output.ConsumerCreationTimestamp * 1000),
  };
}

/** The input that subscribes. */
export function subscribeInput(request: SubscribeToShardRequest): SubscribeToShardInput {
  const { consumerArn, shardId, start } = request;
  return { ConsumerARN: consumerArn, ShardId: shardId, StartingPosition: positionOf(start) };
}

/** One push. */
export function readEvent(event: SubscribeToShardEvent): SubscriptionEvent {
  const { ContinuationSequenceNumber: sequenceNumber } = event;
  return {
    records: event.Records.map(readRecord),
    millisBehindLatest: event.MillisBehindLatest,
    next:
      sequenceNumber === undefined ? readShardEnd(event) : { kind: "continuation", sequenceNumber },
  };
}

function positionOf(start: IteratorStart): SubscribeToShardInput["StartingPosition"] {
  switch (start.type) {
    case "TRIM_HORIZON":
    case "LATEST":
      return { Type: start.type };
    case "AT_TIMESTAMP":
      return { Type: start.type, Timestamp: start.timestampMs / 1000 };
    case "AT_SEQUENCE_NUMBER":
    case "AFTER_SEQUENCE_NUMBER":
      return { Type: start.type, SequenceNumber: start.sequenceNumber };
  }
}
