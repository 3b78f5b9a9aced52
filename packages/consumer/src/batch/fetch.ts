// What a reader brings, and whom it asks before it does.
import type { ChildShard, KinesisRecord } from "@shardline/core";
import type { ReadMode } from "./read-mode.ts";

/** One answer to a read. */
export interface Fetch {
  readonly records: readonly KinesisRecord[];
  /** Of data and partition keys, as Kinesis counts them. */
  readonly bytes: number;
  readonly millisBehindLatest: number;
  /** When the answer was there, by the monotonic clock. */
  readonly readAtMs: number;
  readonly next: FetchNext;
  /** How it came; by polling unless it says otherwise. */
  readonly mode?: ReadMode;
}

/**
 * What a record takes in memory besides its data and its key, about: objects, the sequence number, the time, and its part of
 * the answer (`npm test -- record-memory`).
 */
export const RECORD_OVERHEAD_BYTES = 400;

/** What a fetch takes in memory, about. */
export function heldBytesOf({ bytes, records }: Pick<Fetch, "bytes" | "records">): number {
  return bytes + records.length * RECORD_OVERHEAD_BYTES;
}

/** How it goes on after a fetch. */
export type FetchNext =
  | { readonly kind: "more" }
  /** The shard is closed, and this was its last record. */
  | { readonly kind: "shard-end"; readonly childShards: readonly ChildShard[] }
  /** The shard does not exist any more: it aged out, or its stream was deleted. */
  | { readonly kind: "shard-gone" };

/** What is known of a fetch before it is made; bytes are those that it takes in memory. */
export interface FetchForecast {
  readonly maxBytes: number;
  readonly maxRecords: number;
  /** Of one of its records, as far as is known. */
  readonly recordBytes: number;
}

/** Where fetches go: nothing is fetched before there is room for it. */
export interface FetchRoom {
  /**
   * Resolves when a fetch may be made, with how many records it may bring; rejects with the signal's reason when it
   * aborts. A fetch that does not come is cancelled before the next is reserved.
   */
  reserve(forecast: FetchForecast, signal: AbortSignal): Promise<number>;
  /** The fetch that room was reserved for failed. */
  cancel(): void;
}
