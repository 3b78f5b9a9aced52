// A record between `put` and its receipt. Its content lies encoded in a chunk or a carrier, and what else belongs to
// it in that one's columns (members.ts); here are the forms in which it goes in and comes out again.
import type { AttemptLog } from "./attempt-log.ts";
import type { Sink } from "./sink.ts";

/** What a record costs in the buffer beside its bytes, for what is kept of it. */
export const RECORD_OVERHEAD_BYTES = 200;

/** What belongs to a record beside its content. */
export interface PendingRecord {
  /** Monotonic time of the `put`. */
  readonly acceptedAtMs: number;
  /** What it counts for in the buffer. */
  readonly bytes: number;
  /** Which flush covers it: the barrier's epoch at the time of the `put`. */
  readonly epoch: number;
  readonly context: unknown;
  /** Tries in carriers that were taken apart since. */
  readonly earlierAttempts: AttemptLog;
  /** Monotonic time of the `put`, or of the end of the last of those tries. */
  readonly waitingSinceMs: number;
  readonly sink: Sink;
  /** Tells the records of a sink apart. */
  readonly ticket: number;
}

/** What is encoded of a record. */
export interface RecordContent {
  readonly partitionKey: string;
  /** Canonical decimal, only if the caller gave one. */
  readonly explicitHashKey?: string;
  readonly data: Uint8Array;
}

/** A record outside any container. */
export interface LooseRecord {
  readonly content: RecordContent;
  readonly pending: PendingRecord;
}
