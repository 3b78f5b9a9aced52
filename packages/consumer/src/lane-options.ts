// Options of a consumer: what is handled side by side. Checks and defaults: lane-settings.ts.

/** What a shard's records wait for. */
export type RecordOrdering = "shard" | "partition-key" | "none";

/**
 * How much of a shard may be under way where `ordering` is not "shard". Reading pauses at the first bound that is reached,
 * so one slow or failing key holds up the rest of its shard only then. A record that alone is larger goes all the same.
 */
export interface WindowOptions {
  /** User records that wait for a handler or are in its hands, from `concurrency`. @defaultValue 10000 */
  readonly maxRecords?: number;
  /** Bytes of their data, from 1. @defaultValue 16777216 */
  readonly maxBytes?: number;
  /**
   * User records from the oldest that is not done to the newest, those done in between included, from
   * `window.maxRecords`: so many may come again after a crash. @defaultValue 100000, or `window.maxRecords` if that is more
   */
  readonly maxSpanRecords?: number;
}
