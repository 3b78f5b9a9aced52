// Figures of the producer's work, as events carry them. They are put together only while somebody listens, and belong to
// the listener until it returns: nobody may keep the sets and histograms inside.
import type { Histogram, Statistics } from "@shardline/core";
import type { FlushReason } from "./record/carrier.ts";

/** What came in, and what is held. */
export interface BufferMeasurement {
  readonly stream: string;
  /** Records that `put` took since this was told last. */
  readonly acceptedRecords: number;
  /** What those that had to wait for room waited, in ms, told once they had it. */
  readonly waitedMs: Statistics;
  readonly outstandingRecords: number;
  readonly outstandingBytes: number;
}

/** One PutRecords call. */
export interface CallMeasurement {
  readonly stream: string;
  readonly durationMs: number;
  /** Entries of the call. */
  readonly carriers: number;
  /** User records inside. */
  readonly records: number;
  /** Only if it failed as a whole. */
  readonly failure?: CallFailure;
  readonly shards: readonly ShardMeasurement[];
}

/** How a call failed as a whole. */
export interface CallFailure {
  readonly awsName: string;
  readonly isThrottled: boolean;
  /** It may have been stored all the same. */
  readonly isAmbiguous: boolean;
}

/** The part of a call that was meant for one shard. */
export interface ShardMeasurement {
  /** Absent while there is no shard map. */
  readonly shardId: string | undefined;
  readonly carriers: number;
  readonly records: number;
  /** User records of each carrier. */
  readonly recordsPerCarrier: Statistics;
  /** What each record waited for this try, in ms. */
  readonly bufferingMs: Statistics;
  /** Of each carrier sent for the first time where aggregation is on, over the bytes that an aggregate may have. */
  readonly fillRatio: Statistics;
  /** Carriers by why they were closed; those that were sent before are retries. */
  readonly flushed: Readonly<Record<FlushReason, number>>;
  /** Data and partition key of each carrier stored. */
  readonly storedBytes: Statistics;
  /** Carriers refused, by AWS's name for why; empty if the call failed as a whole. */
  readonly refused: ReadonlyMap<string, number>;
  /** User records of the carriers that were refused for their rate. */
  readonly throttledRecords: number;
  /** User records of the carriers refused in a way that leaves in doubt whether they were stored. */
  readonly ambiguousRecords: number;
}

/** Records that are settled since this was told last. */
export interface SettlementMeasurement {
  readonly stream: string;
  /** From `put` to the receipt, of each record stored. */
  readonly latencyMs: Histogram;
  readonly shards: readonly ShardSettlement[];
}

/** Those of one shard. */
export interface ShardSettlement {
  /** Where they were stored; of those that failed, where they should have been, if that is known. */
  readonly shardId: string | undefined;
  readonly stored: number;
  readonly failed: number;
  /** Of the failed, those whose time was over. */
  readonly expired: number;
  /** Data of each record stored. */
  readonly dataBytes: Statistics;
  /** Tries beyond the first, of each record. */
  readonly retries: Statistics;
}
