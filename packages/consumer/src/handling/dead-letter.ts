// A record that cannot be handled, on its way to somewhere else: the letter and whoever takes it. What is on its way
// counts as done only when the taker says so.
import type { ConsumedRecord } from "../batch/handler.ts";

/** A record that was given up, and why. */
export interface DeadLetter {
  readonly stream: string;
  readonly shardId: string;
  /** Decimal. */
  readonly sequenceNumber: string;
  /** Index inside the aggregate; 0 for a plain record, and for an aggregate that could not be taken apart. */
  readonly subSequenceNumber: number;
  readonly partitionKey?: string;
  readonly explicitHashKey?: string;
  /** The record's data; a view that must be copied if it is kept. */
  readonly data: Uint8Array;
  /** When Kinesis took the record, in epoch milliseconds. */
  readonly arrivedAtMs: number;
  /** What the handler threw last, or a KinesisError: HANDLER_TIMED_OUT, RECORD_TOO_OLD, AGGREGATE_MALFORMED. */
  readonly error: unknown;
  /** Failed tries of the record, or of the part of a batch that it was given up with; 0 if it was never tried. */
  readonly attempts: number;
}

/**
 * Takes dead letters. When it returns, the record is done; when it throws, it is called again with the same letter,
 * for as long as it takes. The signal aborts when nobody waits for it any more.
 */
export type DeadLetterSink = (letter: DeadLetter, signal: AbortSignal) => Promise<void> | void;

/** Where a letter comes from, and why. */
export interface DeadLetterOrigin {
  readonly stream: string;
  readonly shardId: string;
  readonly error: unknown;
  readonly attempts: number;
}

/** The letter of a record. */
export function deadLetterOf(record: ConsumedRecord, origin: DeadLetterOrigin): DeadLetter {
  const { isOutOfRange: _, ...content } = record;
  return Object.freeze({ ...content, ...origin });
}
