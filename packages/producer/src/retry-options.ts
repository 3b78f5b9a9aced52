// Options on pace and patience: how fast a shard is written to, and what happens after a failure. Part of
// options.ts; checks and defaults: settings.ts.
import type { ApiFailure } from "@shardline/core";

/** How fast each shard is written to. */
export interface RateLimitOptions {
  /**
   * The most that a shard is sent, in percent of its own limits, from 1 to 10000. A shard starts at 100 or at this if
   * it is less, is slowed down when it refuses records, and sped up while it takes all of them; more than 100 lets one
   * of several producers use what the others leave (KPL: RateLimit).
   * @defaultValue 150
   */
  readonly percent?: number;
}

/** What is tried again, how often and for how long. */
export interface RetryOptions {
  /**
   * Tries for each record, from 1 to Infinity; then it rejects with RETRIES_EXHAUSTED. `recordTtlMs` bounds them in any
   * case. A call that was refused because of another record in it does not count.
   * @defaultValue Infinity
   */
  readonly maxAttempts?: number;
  /**
   * Whether a record that is refused because a rate was exceeded rejects at once, with RECORD_THROTTLED
   * (KPL: FailIfThrottled).
   * @defaultValue false
   */
  readonly failOnThrottle?: boolean;
  /**
   * How long calls may find no stream of that name, in ms, from 0 to Infinity, before records reject with
   * STREAM_NOT_FOUND: it may be about to be created.
   * @defaultValue 5000
   */
  readonly notFoundGraceMs?: number;
  /**
   * How long calls may be refused for want of credentials or permissions, in ms, from 0 to Infinity, before records
   * reject with CREDENTIALS_REFUSED, ACCESS_DENIED or KMS_FAILED: changes of both take time to spread.
   * @defaultValue 10000
   */
  readonly authGraceMs?: number;
  /**
   * Decides what a failure is met with; `undefined` leaves it to the producer. Asked once for each failed call and for
   * each failed entry of an answered call. What it throws is reported by the event `classifyFailed` and otherwise
   * taken for `undefined`.
   */
  readonly classify?: ClassifyFailure;
}

/** See `RetryOptions.classify`. */
export type ClassifyFailure = (
  failure: ApiFailure,
  context: FailureContext,
) => FailureChoice | undefined;

/**
 * - `"retry"`: try again after a pause.
 * - `"throttle"`: slow down and try again, or fail with the option `failOnThrottle`.
 * - `"fail"`: reject the records in it now.
 */
export type FailureChoice = "retry" | "throttle" | "fail";

/** What failed, for `RetryOptions.classify`. */
export interface FailureContext {
  /** Tries so far, this one included, of the entry, or of that entry of the call which was tried most often. */
  readonly attempts: number;
  /** A whole PutRecords call, or one entry of it. */
  readonly scope: "call" | "entry";
}
