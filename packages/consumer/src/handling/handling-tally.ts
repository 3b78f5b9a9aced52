// What became of the records of a worker, in numbers that only rise.

/** User records, unless said otherwise. */
export interface HandlingCounts {
  /** The handler returned from them. */
  readonly handled: number;
  /** Skipped, because the policy or `skipRecord` says so. */
  readonly skipped: number;
  /** Taken by the dead-letter sink. */
  readonly deadLettered: number;
  /** Belong to another shard; left out, or delivered where that is asked for. */
  readonly outOfRange: number;
  /** Kinesis records that are aggregates but cannot be taken apart. */
  readonly malformed: number;
  /** Tries that failed. */
  readonly failures: number;
  /** Places at which Kinesis records may have been lost because they were not read for as long as the stream keeps them. */
  readonly gaps: number;
}

/** Counts for as long as a worker lives. */
export class HandlingTally implements HandlingCounts {
  handled = 0;
  skipped = 0;
  deadLettered = 0;
  outOfRange = 0;
  malformed = 0;
  failures = 0;
  gaps = 0;
}
