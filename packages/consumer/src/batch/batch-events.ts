// What the handling of batches tells.

/** Event name to payload. */
export type BatchEvents = {
  /** The handler returned; the batch is done. */
  batchProcessed: {
    readonly shardId: string;
    readonly records: number;
    readonly millisBehindLatest: number;
    readonly durationMs: number;
  };
  /** The handler threw; the batch comes again. */
  batchFailed: {
    readonly shardId: string;
    readonly records: number;
    /** How often this batch has failed. */
    readonly attempts: number;
    readonly retryAfterMs: number;
    readonly error: unknown;
  };
  /** The handler threw too often: the shard rests at this batch, its lease is kept, and it is tried again later. */
  shardHalted: {
    readonly shardId: string;
    readonly sequenceNumber: string;
    readonly subSequenceNumber: number;
    readonly attempts: number;
    readonly retryAfterMs: number;
    readonly error: unknown;
  };
  /** Records of aggregates do not belong to the shard they were read from. */
  recordsOutOfRange: {
    readonly shardId: string;
    readonly records: number;
    readonly policy: "drop" | "deliver";
  };
  /** Records look like aggregates but point outside their own tables; they are delivered as they are. */
  aggregatesMalformed: { readonly shardId: string; readonly records: number };
};
