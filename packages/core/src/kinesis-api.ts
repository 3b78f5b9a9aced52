// The narrow port to Kinesis: only the calls Shardline makes, in its own types. Implemented by the AWS
// adapter (packages/aws) and by the in-process emulator; one contract suite runs over both.
//
// Every call takes a signal and rejects with its reason when it aborts. Every other rejection is a
// KinesisError of code API_CALL_FAILED, whose details are an ApiFailure.
// Bytes handed to a call belong to it until its promise settles; whoever keeps them longer copies them.
import type { ApiFailure } from "./api-failure.ts";
import type { FanOutApi } from "./fan-out-api.ts";
import type { KinesisRecord } from "./record.ts";
import type { Shard } from "./shard.ts";
import type { IteratorStart, NextRead } from "./shard-reading.ts";
import type { StreamRef } from "./stream-ref.ts";

/** The calls that Shardline makes to Kinesis. */
export interface KinesisApi extends FanOutApi {
  createStream(request: CreateStreamRequest, signal: AbortSignal): Promise<void>;
  describeStreamSummary(request: StreamRequest, signal: AbortSignal): Promise<StreamSummary>;
  listShards(request: ListShardsRequest, signal: AbortSignal): Promise<ListShardsAnswer>;
  splitShard(request: SplitShardRequest, signal: AbortSignal): Promise<void>;
  mergeShards(request: MergeShardsRequest, signal: AbortSignal): Promise<void>;
  putRecords(request: PutRecordsRequest, signal: AbortSignal): Promise<PutRecordsAnswer>;
  /** Resolves if the same call of PutRecords would be accepted, and rejects as it would; stores nothing in any case. */
  rehearsePutRecords(request: PutRecordsRequest, signal: AbortSignal): Promise<void>;
  getShardIterator(request: GetShardIteratorRequest, signal: AbortSignal): Promise<string>;
  getRecords(request: GetRecordsRequest, signal: AbortSignal): Promise<GetRecordsAnswer>;
}

export interface StreamRequest {
  readonly stream: StreamRef;
}

export interface CreateStreamRequest extends StreamRequest {
  readonly shardCount: number;
}

/** What a stream says about itself. */
export interface StreamSummary {
  readonly name: string;
  readonly arn: string;
  readonly status: "CREATING" | "DELETING" | "ACTIVE" | "UPDATING";
  readonly createdAtMs: number;
  readonly openShardCount: number;
  readonly retentionHours: number;
  /** Data and partition key of one record. */
  readonly maxRecordBytes: number;
  readonly distribution: Distribution;
}

/** Who decides which shard a record goes to: its keys, or the service, which then ignores them. */
export type Distribution = "partition-key" | "service-managed";

/** Which shards to list; without a filter, all that the retention period still reaches. */
export type ShardFilter =
  | { readonly type: "AT_LATEST" | "AT_TRIM_HORIZON" | "FROM_TRIM_HORIZON" }
  | { readonly type: "AT_TIMESTAMP" | "FROM_TIMESTAMP"; readonly timestampMs: number }
  | { readonly type: "AFTER_SHARD_ID"; readonly shardId: string };

/** A first page names the stream; a following page names nothing but the token. */
export type ListShardsRequest =
  | { readonly stream: StreamRef; readonly filter?: ShardFilter; readonly maxResults?: number }
  | { readonly stream: StreamRef; readonly nextToken: string; readonly maxResults?: number };

export interface ListShardsAnswer {
  readonly shards: readonly Shard[];
  readonly nextToken?: string;
}

export interface SplitShardRequest extends StreamRequest {
  readonly shardId: string;
  /** First hash key of the second child; must leave both children at least one key. */
  readonly newStartingHashKey: bigint;
}

export interface MergeShardsRequest extends StreamRequest {
  readonly shardId: string;
  readonly adjacentShardId: string;
}

export interface PutRecordsEntry {
  /** To be read until the call has settled, and copied by whoever wants it for longer: then its memory is used again. */
  readonly data: Uint8Array;
  /** May be left out where the service places records itself. */
  readonly partitionKey?: string;
  /** Canonical decimal. */
  readonly explicitHashKey?: string;
}

export interface PutRecordsRequest extends StreamRequest {
  readonly entries: readonly PutRecordsEntry[];
}

/** What became of one entry. */
export type PutRecordsOutcome =
  | { readonly kind: "stored"; readonly shardId: string; readonly sequenceNumber: string }
  | { readonly kind: "failed"; readonly failure: ApiFailure };

export interface PutRecordsAnswer {
  /** One per entry, in the order of the entries. */
  readonly outcomes: readonly PutRecordsOutcome[];
}

export interface GetShardIteratorRequest extends StreamRequest {
  readonly shardId: string;
  readonly start: IteratorStart;
}

export interface GetRecordsRequest extends StreamRequest {
  readonly iterator: string;
  /** 1 to 10,000. */
  readonly limit: number;
}

export interface GetRecordsAnswer {
  readonly records: readonly KinesisRecord[];
  /** How far behind the tip of the shard the last record is. */
  readonly millisBehindLatest: number;
  readonly next: NextRead;
}
