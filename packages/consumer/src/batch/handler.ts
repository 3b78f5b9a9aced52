// What a handler of records gets. Free of worker types, so that code that is handed records by other means can
// share it; exported as @shardline/consumer/handler.

/** A user record, as it was put. */
export interface ConsumedRecord {
  /** Absent only on service-managed streams. */
  readonly partitionKey?: string;
  /** Decimal; only if the record travelled in an aggregate and was put with one. */
  readonly explicitHashKey?: string;
  /** A view of the fetched bytes; copy it if you keep it for long. */
  readonly data: Uint8Array;
  /** Decimal. Records of one aggregate share it. */
  readonly sequenceNumber: string;
  /** Index inside the aggregate; 0 for a plain record. */
  readonly subSequenceNumber: number;
  /** When Kinesis took the record, in epoch milliseconds. */
  readonly arrivedAtMs: number;
  /** True for a record whose hash key does not belong to the shard it was read from; see `outOfRange`. */
  readonly isOutOfRange: boolean;
}

/** Records of one shard, in the order of the shard. */
export interface Batch {
  /** At least one. */
  readonly records: readonly ConsumedRecord[];
  /** How far the fetch that brought them was behind the tip of the shard, in ms. */
  readonly millisBehindLatest: number;
}

/** Where a batch comes from. */
export interface ShardContext {
  readonly stream: string;
  readonly shardId: string;
  /** Grows each time the shard's lease changes hands: a fencing token for writes to other systems. */
  readonly leaseEpoch: number;
  /** Aborts when the lease is lost or the time to drain is over: what the handler does then is not counted. */
  readonly signal: AbortSignal;
}

/** Handles a batch. When it returns, the batch is done; when it throws, the batch comes again. */
export type BatchHandler = (batch: Batch, shard: ShardContext) => Promise<void> | void;
