// A record between `put` and its receipt. The record itself lies encoded in a chunk or a carrier; here is
// what belongs to the promise, and the pair of both when a carrier is taken apart again.
import type { Attempt, KinesisError } from "@shardline/core";
import type { Receipt } from "./receipt.ts";

/** The promise of one record. */
export interface PendingRecord {
  /** Monotonic time of the `put`. */
  readonly acceptedAtMs: number;
  /** What it counts for in the buffer. */
  readonly bytes: number;
  /** Which flush covers it: the barrier's epoch at the time of the `put`. */
  readonly epoch: number;
  readonly context: unknown;
  /** Tries in carriers that were taken apart since. */
  readonly earlierAttempts: readonly Attempt[];
  /** Monotonic time of the `put`, or of the end of the last of those tries. */
  readonly waitingSinceMs: number;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: KinesisError) => void;
}

/** What is encoded of a record. */
export interface RecordContent {
  readonly partitionKey: string;
  /** Canonical decimal, only if the caller gave one. */
  readonly explicitHashKey?: string;
  readonly data: Uint8Array;
}

/** A record as it is put: a string has not been encoded yet. */
export type NewRecord = Omit<RecordContent, "data"> & {
  readonly data: Uint8Array | string;
  /** Bytes of the data once encoded. */
  readonly dataBytes: number;
};

/** A record and its promise, outside any container. */
export interface LooseRecord {
  readonly content: RecordContent;
  readonly pending: PendingRecord;
}

/** Whether a record's time is over. Always this sum: the alarm rings at it, and a difference rounds otherwise. */
export function isExpired(pending: PendingRecord, ttlMs: number, nowMs: number): boolean {
  return pending.acceptedAtMs + ttlMs <= nowMs;
}
