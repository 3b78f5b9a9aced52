// The layout of an aggregate, the Kinesis Producer Library's way of putting many user records into one
// Kinesis record:
//
//   F3 89 9A C2 | protobuf message AggregatedRecord | MD5 of the message
//
//   AggregatedRecord { 1: repeated string   2: repeated string   3: repeated Record }
//   Record           { 1: uint64   2: optional uint64   3: bytes   4: repeated Tag }
//   Tag              { 1: string   2: optional string }
//
// https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md, read 2026-11-21.

/** The bytes that every aggregate begins with. */
export const MAGIC: Uint8Array = Uint8Array.of(0xf3, 0x89, 0x9a, 0xc2);

/** Length of the MD5 digest that every aggregate ends with. */
export const DIGEST_BYTES = 16;

/** What an aggregate has besides its message: magic and digest. */
export const OVERHEAD_BYTES: number = MAGIC.length + DIGEST_BYTES;

/** Field tags (number and wire type in one byte) of the message itself. */
export const AGGREGATE_TAGS = {
  partitionKey: 0x0a,
  explicitHashKey: 0x12,
  record: 0x1a,
} as const;

/** Field tags of one record. */
export const RECORD_TAGS = {
  /** Index into the partition keys; required. */
  partitionKeyIndex: 0x08,
  /** Index into the explicit hash keys. */
  explicitHashKeyIndex: 0x10,
  /** Required, also when empty. */
  data: 0x1a,
  /** No producer is known to write it. */
  tag: 0x22,
} as const;

/** Field tags of a record's tag. */
export const TAG_TAGS = { key: 0x0a, value: 0x12 } as const;
