// Which limits there are, and how high AWS sets them. What is left out of `Limits` is not limited.
// Page "quotas": https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html, read 2026-11-21.
// Operations whose rate no page tells are held to 5 calls per second, as their likes are.
import { SHARD_LIMITS } from "@shardline/core";

/**
 * Whose calls of an operation count together: those of an account in a region, those about one stream, those
 * about one open shard, or those of one consumer about one shard.
 */
export const CALL_SCOPES = {
  AddTagsToStream: "account",
  CreateStream: "account",
  DecreaseStreamRetentionPeriod: "account",
  DeleteResourcePolicy: "account",
  DeleteStream: "account",
  DeregisterStreamConsumer: "stream",
  DescribeAccountSettings: "account",
  DescribeLimits: "account",
  DescribeStream: "account",
  DescribeStreamConsumer: "stream",
  DescribeStreamSummary: "account",
  GetRecords: "shard",
  GetResourcePolicy: "account",
  GetShardIterator: "shard",
  IncreaseStreamRetentionPeriod: "account",
  ListShards: "stream",
  ListStreamConsumers: "stream",
  ListStreams: "account",
  ListTagsForResource: "account",
  ListTagsForStream: "account",
  MergeShards: "account",
  PutResourcePolicy: "account",
  RegisterStreamConsumer: "account",
  RemoveTagsFromStream: "account",
  SplitShard: "account",
  StartStreamEncryption: "account",
  StopStreamEncryption: "account",
  SubscribeToShard: "consumer",
  TagResource: "account",
  UntagResource: "account",
  UpdateAccountSettings: "account",
  UpdateMaxRecordSize: "account",
  UpdateShardCount: "account",
  UpdateStreamMode: "account",
  UpdateStreamWarmThroughput: "account",
} as const;

/** The operations whose calls can be limited; puts are limited by what they bring. */
export type LimitedOperation = keyof typeof CALL_SCOPES;

/**
 * What the emulator takes and gives per second; what is left out is not limited. Every rate is from 0.001 on.
 * One second's worth can be used at once.
 */
export interface Limits {
  /** Records that a shard takes. */
  readonly writeRecordsPerSecond?: number;
  /**
   * Bytes that a shard takes, partition keys included. The shards of a stream that was given a larger maximum
   * record size save up 10 MiB.
   */
  readonly writeBytesPerSecond?: number;
  /**
   * Bytes that GetRecords reads from a shard, partition keys included. After an answer that is worth a second or
   * more, reads of the shard are refused for as long as it was worth: for 5 s after 10 MiB at 2 MiB/s.
   */
  readonly readBytesPerSecond?: number;
  /** Bytes that one subscription of a consumer to a shard is sent. */
  readonly pushBytesPerSecond?: number;
  /**
   * Calls by operation. GetShardIterator counts per open shard, GetRecords per shard, SubscribeToShard per
   * consumer and shard, ListShards and the operations on consumers per stream, the others per account and region.
   */
  readonly callsPerSecond?: Readonly<Partial<Record<LimitedOperation, number>>>;
}

/** What AWS limits: `{ ...AWS_LIMITS, writeRecordsPerSecond: 10 }` is AWS with one limit of one's own. */
export const AWS_LIMITS: Required<Limits> = Object.freeze({
  writeRecordsPerSecond: SHARD_LIMITS.writeRecordsPerSecond,
  writeBytesPerSecond: SHARD_LIMITS.writeBytesPerSecond,
  readBytesPerSecond: SHARD_LIMITS.readBytesPerSecond,
  pushBytesPerSecond: SHARD_LIMITS.readBytesPerSecond,
  callsPerSecond: Object.freeze({
    AddTagsToStream: 5,
    CreateStream: 5,
    DecreaseStreamRetentionPeriod: 5,
    DeleteResourcePolicy: 5,
    DeleteStream: 5,
    DeregisterStreamConsumer: 5,
    DescribeAccountSettings: 5,
    DescribeLimits: 1,
    DescribeStream: 10,
    DescribeStreamConsumer: 20,
    DescribeStreamSummary: 20,
    GetRecords: SHARD_LIMITS.getRecordsCallsPerSecond,
    GetResourcePolicy: 5,
    GetShardIterator: 5,
    IncreaseStreamRetentionPeriod: 5,
    ListShards: 1000,
    ListStreamConsumers: 5,
    ListStreams: 5,
    ListTagsForResource: 5,
    ListTagsForStream: 5,
    MergeShards: 5,
    PutResourcePolicy: 5,
    RegisterStreamConsumer: 5,
    RemoveTagsFromStream: 5,
    SplitShard: 5,
    StartStreamEncryption: 5,
    StopStreamEncryption: 5,
    SubscribeToShard: 1,
    TagResource: 5,
    UntagResource: 5,
    UpdateAccountSettings: 5,
    UpdateMaxRecordSize: 5,
    UpdateShardCount: 10,
    UpdateStreamMode: 5,
    UpdateStreamWarmThroughput: 5,
  }),
});
