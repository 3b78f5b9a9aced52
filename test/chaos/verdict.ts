// What a referee is told, and what it finds.
import type { JournalLine } from "./chaos-messages.ts";
import type { StoredRecords } from "./stored-records.ts";

export type Line<Kind> = Extract<JournalLine, { readonly kind: Kind }>;

/** A line, and whose it is. */
export type SignedLine = JournalLine & { readonly process: object };

/** A broken promise, and where to look. */
export interface Offence {
  readonly what: string;
  /** The shard that it was read from, as far as that is known. */
  readonly shardId: string | undefined;
  readonly atMs: number;
}

/** What the referee counted. */
export interface Verdict {
  /** Different records that were handed to workers. */
  readonly delivered: number;
  /** Acknowledged records that no worker was handed. */
  readonly lost: readonly Offence[];
  /** Stored ones, acknowledged or not, that no worker was handed from where they are, and that are not among the lost. */
  readonly skipped: readonly Offence[];
  /** Records that are not where their producer was told, or not so that a KCL gets them. */
  readonly falseReceipts: readonly Offence[];
  /** Records that a worker was handed from where they are not. */
  readonly phantoms: readonly Offence[];
  /** Acknowledged records that were handed out for the first time after a later one of their key. */
  readonly outOfOrder: readonly Offence[];
  /** Batches that a worker began after another had the lease of their shard. */
  readonly stale: readonly Offence[];
  /** Records that are stored another time: a producer repeats what it has no answer for. */
  readonly repeats: number;
  /** Records that were handed out another time from the same place. */
  readonly redeliveries: number;
  /** Records that are stored although nobody was told so, as the producer was killed. */
  readonly unacknowledged: number;
}

/** What is known of the producers' side in the end. */
export interface Books {
  readonly stored: StoredRecords;
  /** By index of the record: where it is stored, as its producer was told; else NaN. */
  readonly acknowledged: Float64Array;
}
