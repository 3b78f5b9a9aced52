// What the handling of batches tells.
import type { Position } from "@shardline/core";

/** Where a record is. */
interface RecordPlace extends Position {
  readonly shardId: string;
}

/** Event name to payload. */
export type BatchEvents = {
  /** The handler returned; the batch, or the part of it before `failedAt`, is done. */
  batchProcessed: {
    readonly shardId: string;
    readonly records: number;
    readonly millisBehindLatest: number;
    readonly durationMs: number;
  };
  /** The handler failed; `records` is how many of the batch are not done. */
  batchFailed: {
    readonly shardId: string;
    readonly records: number;
    /** How often just these records have failed. */
    readonly attempts: number;
    /** What happens next; `split`: the first half of them comes. */
    readonly next: "retry" | "split" | "halt" | "skip" | "dead-letter";
    readonly retryAfterMs: number;
    readonly error: unknown;
  };
  /** The handler has taken longer than `onFailure.timeoutMs` and still runs: its shard waits for it to return. */
  handlerTimedOut: {
    readonly shardId: string;
    readonly records: number;
    readonly timeoutMs: number;
  };
  /**
   * What comes at this place keeps failing: the shard rests there, or the key of the record, its lease is kept, and it is tried
   * again later, or when `retryShard` or `skipRecord` is called.
   */
  shardHalted: RecordPlace & {
    /** 1 unless it is unknown which record of a batch is at fault. */
    readonly records: number;
    readonly attempts: number;
    readonly retryAfterMs: number;
    readonly error: unknown;
  };
  /** A shard, or a key, that was halted at this place goes on. */
  shardResumed: RecordPlace;
  /** Records were skipped, because `onFailure.then` or `skipRecord` says so: they are not delivered again. */
  recordsSkipped: {
    readonly shardId: string;
    readonly records: number;
    readonly first: Position;
    readonly last: Position;
    readonly by: "policy" | "skipRecord";
    readonly attempts: number;
    readonly error: unknown;
  };
  /** The dead-letter sink has taken a record, which thereby is done. */
  recordDeadLettered: RecordPlace & { readonly attempts: number; readonly error: unknown };
  /** The dead-letter sink failed; the shard waits at the record, and the sink is tried again. */
  deadLetterFailed: RecordPlace & {
    /** How often the sink has failed on this record. */
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
  /** Records are aggregates that point outside their own tables: each meets `onFailure` as the raw record it is. */
  aggregatesMalformed: { readonly shardId: string; readonly records: number };
};
