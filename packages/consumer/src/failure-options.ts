// Options of a consumer: what happens when its handler fails. Checks and defaults: failure-settings.ts.
import type { DeadLetterSink } from "./handling/dead-letter.ts";

/**
 * What happens when `processBatch` fails: throws, rejects, names a record in `failedAt`, or takes too long; or when a record
 * cannot be taken apart. Nothing is skipped unless that is asked for here.
 */
export interface FailureOptions {
  /** Tries in a row of the record at fault, or of the batch where `bisect` is off, from 1. @defaultValue 5 */
  readonly maxAttempts?: number;
  /** Pauses between tries; they double from the base to the maximum, less up to half by chance. */
  readonly backoff?: FailureBackoff;
  /**
   * Whether halves of a batch that fails are tried, and halves of those, until the record at fault is alone; a split costs
   * no try. Where it is off, and the handler returns no `failedAt`, `then` meets the whole batch.
   * @defaultValue true
   */
  readonly bisect?: boolean;
  /**
   * Then the shard rests at the record, its lease kept, and tries again after `haltMs`; where `ordering` is not "shard" what
   * has to wait for the record rests, and the others go on. Or the record is skipped, and `recordsSkipped` tells it; or it goes to `deadLetter` and is done when that has taken it. The KCL skips the batch.
   * @defaultValue "halt"
   */
  readonly then?: "halt" | "skip" | "dead-letter";
  /**
   * Who takes dead letters: a function, or one of @shardline/consumer/dead-letter. It is called until it returns; the shard
   * waits meanwhile. Needed with `then: "dead-letter"`.
   */
  readonly deadLetter?: DeadLetterSink;
  /**
   * Records that Kinesis took longer ago, in ms by this machine's clock, from 1000, are not tried, or not again, and meet
   * `then`, which must not be "halt". @defaultValue no limit
   */
  readonly maxRecordAgeMs?: number;
  /**
   * A handler that takes longer, in ms, from 1, has failed: the signal of that try aborts. The next try waits for it to
   * return, so that no two overlap; one that never returns holds its shard, which `handlerTimedOut` tells.
   * @defaultValue no limit
   */
  readonly timeoutMs?: number;
  /** How long a halted shard rests, in ms, from 100; Infinity: until `retryShard` or `skipRecord`. @defaultValue 60000 */
  readonly haltMs?: number;
}

/** How pauses grow. */
export interface FailureBackoff {
  /** The first, in ms, from 1. @defaultValue 200 */
  readonly baseMs?: number;
  /** The longest, in ms, from `baseMs`. @defaultValue 30000 */
  readonly maxMs?: number;
}
