// What the caller gets for a record that Kinesis stored.
import type { Attempt } from "@shardline/core";

/** Where a record was stored. */
export interface Receipt {
  readonly shardId: string;
  /** Decimal. Records of one aggregate share it. */
  readonly sequenceNumber: string;
  /** Index of the record inside its aggregate, as consumers report it; 0 for a record sent plain. */
  readonly subSequenceNumber: number;
  /** Every try, the one that succeeded last; of more than 32, the first 8 and the last 24. */
  readonly attempts: readonly Attempt[];
  /** How many tries there were. */
  readonly attemptCount: number;
  /** What the caller put beside the record. */
  readonly context?: unknown;
}
