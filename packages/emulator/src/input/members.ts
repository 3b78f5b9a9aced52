// The constraints of the service's model that more than one operation uses.
// Model: https://github.com/boto/botocore, botocore/data/kinesis/2013-12-02/service-2.json, 2026-11-21.
import { RECORD_LIMITS } from "@shardline/core";
import type { Blob } from "../stream/blob.ts";
import type { MemberShapes } from "./compound-shapes.ts";
import { blob, integer, text } from "./scalar-shapes.ts";
import type { Shape } from "./shape.ts";

type TextMember =
  | "ConsumerARN"
  | "ConsumerName"
  | "HashKey"
  | "NextToken"
  | "PartitionKey"
  | "ResourceARN"
  | "SequenceNumber"
  | "ShardId"
  | "ShardIterator"
  | "StreamARN"
  | "StreamId"
  | "StreamName";

const NAME = { min: 1, max: 128, pattern: "[a-zA-Z0-9_.-]+" };

/** Texts, by the name of their type in the model. */
export const TEXTS: Readonly<Record<TextMember, Shape<string>>> = {
  ConsumerARN: text({
    min: 1,
    max: 2048,
    pattern:
      "(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+",
  }),
  ConsumerName: text(NAME),
  HashKey: text({ pattern: "0|([1-9]\\d{0,38})" }),
  NextToken: text({ min: 1, max: 1_048_576 }),
  PartitionKey: text({ min: 1, max: RECORD_LIMITS.maxPartitionKeyLength }),
  ResourceARN: text({
    min: 1,
    max: 2048,
    pattern: "arn:aws.*:kinesis:.*:\\d{12}:.*stream/\\S+",
  }),
  SequenceNumber: text({ pattern: "0|([1-9]\\d{0,128})" }),
  ShardId: text(NAME),
  ShardIterator: text({ min: 1, max: 512 }),
  StreamARN: text({
    min: 1,
    max: 2048,
    pattern: "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+",
  }),
  StreamId: text({ min: 24, max: 24, pattern: "[a-z0-9]{20}-[a-z0-9]{3}" }),
  StreamName: text(NAME),
};

/** The data of a record; what a stream takes is checked later. */
export const DATA: Shape<Blob> = blob({ max: RECORD_LIMITS.maxBytes });

/** How many answers to give at most, in every paged operation. */
export const PAGE_LIMIT: Shape<number> = integer({ min: 1, max: 10_000 });

/** How an input names its stream. */
export interface StreamAddress {
  readonly StreamName?: string;
  readonly StreamARN?: string;
  /** Checked and then ignored: no stream here has an id of its own. */
  readonly StreamId?: string;
}

/** The members of a stream's address. */
export const STREAM_ADDRESS: MemberShapes<StreamAddress> = {
  StreamName: TEXTS.StreamName,
  StreamARN: TEXTS.StreamARN,
  StreamId: TEXTS.StreamId,
};
