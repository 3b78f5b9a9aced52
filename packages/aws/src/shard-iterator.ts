// GetShardIterator: the request and the iterator.
import type {
  GetShardIteratorCommandInput,
  GetShardIteratorCommandOutput,
} from "@aws-sdk/client-kinesis";
import { type GetShardIteratorRequest, type IteratorStart, toDate } from "@shardline/core";
import { expectAnswer } from "./answer-mismatch.ts";
import { streamFields } from "./stream-fields.ts";

type StartFields = Pick<
  GetShardIteratorCommandInput,
  "ShardIteratorType" | "StartingSequenceNumber" | "Timestamp"
>;

export function shardIteratorInput(request: GetShardIteratorRequest): GetShardIteratorCommandInput {
  const { shardId, start, stream } = request;
  return { ...streamFields(stream), ShardId: shardId, ...startFields(start) };
}

/** The service refuses a start that comes with more than its own field. */
function startFields(start: IteratorStart): StartFields {
  switch (start.type) {
    case "TRIM_HORIZON":
    case "LATEST":
      return { ShardIteratorType: start.type };
    case "AT_TIMESTAMP":
      return { ShardIteratorType: start.type, Timestamp: toDate(start.timestampMs) };
    case "AT_SEQUENCE_NUMBER":
    case "AFTER_SEQUENCE_NUMBER":
      return { ShardIteratorType: start.type, StartingSequenceNumber: start.sequenceNumber };
  }
}

/** Of what comes from the network nothing is certain. */
export function readShardIterator({
  ShardIterator,
}: {
  readonly [Field in keyof GetShardIteratorCommandOutput]?: unknown;
}): string {
  const isIterator = typeof ShardIterator === "string" && ShardIterator !== "";
  expectAnswer(isIterator, "an answer without an iterator");
  return ShardIterator;
}
