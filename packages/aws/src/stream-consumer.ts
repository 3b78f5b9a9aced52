// Registered consumers: how requests name them, and what they say about themselves.
import type {
  Consumer,
  ConsumerStatus,
  DescribeStreamConsumerInput,
} from "@aws-sdk/client-kinesis";
import type { DescribeStreamConsumerRequest, StreamConsumer } from "@shardline/core";
import { expectAnswer } from "./answer-mismatch.ts";

const STATUSES: ReadonlySet<ConsumerStatus> = new Set(["CREATING", "DELETING", "ACTIVE"]);

/** By its own ARN, or by that of its stream and its name. */
export function streamConsumerInput(
  request: DescribeStreamConsumerRequest,
): DescribeStreamConsumerInput {
  return "consumerArn" in request
    ? { ConsumerARN: request.consumerArn }
    : { StreamARN: request.streamArn, ConsumerName: request.consumerName };
}

/** Reads a consumer, registered just now or described. */
export function readStreamConsumer(consumer: Partial<Consumer> | undefined): StreamConsumer {
  const { ConsumerARN, ConsumerCreationTimestamp, ConsumerName, ConsumerStatus } = consumer ?? {};
  expectAnswer(ConsumerName && ConsumerARN, "a consumer without name or ARN");
  const isKnown = ConsumerStatus && STATUSES.has(ConsumerStatus);
  expectAnswer(isKnown, "a consumer with an unknown status");
  expectAnswer(ConsumerCreationTimestamp, "a consumer without a creation time");
  return {
    name: ConsumerName,
    arn: ConsumerARN,
    status: ConsumerStatus,
    createdAtMs: ConsumerCreationTimestamp.getTime(),
  };
}
