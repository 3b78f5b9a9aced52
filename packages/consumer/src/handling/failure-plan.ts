// Pure: a try has failed -> what next. Nothing is skipped unless that was asked for. Where it can be told which record
// is at fault, the policy meets that record alone: the handler named it, or halves of the batch were tried until one
// record was left, as AWS Lambda does it.
import { type BackoffPlan, backoffMs, type Random } from "@shardline/core";

/** What is done with what keeps failing. */
export type LastResort = "halt" | "skip" | "dead-letter";

/** How often and how fast a batch is repeated, and what becomes of it then. */
export interface FailurePolicy {
  /** Tries in a row before the last resort. */
  readonly maxAttempts: number;
  readonly backoff: BackoffPlan;
  /** Whether halves of a failing batch are tried, down to the single record. */
  readonly bisect: boolean;
  readonly then: LastResort;
  /** Rest of a halted shard before the next row of tries. */
  readonly haltMs: number;
  /** Older records are not tried, or not again. */
  readonly maxRecordAgeMs?: number | undefined;
  /** A try that takes longer has failed. */
  readonly timeoutMs?: number | undefined;
}

/** A try that failed. */
export interface FailedTry {
  /** Records that were tried and are not done. */
  readonly records: number;
  /** Whether the first of them is known to be the one at fault. */
  readonly isFirstAtFault: boolean;
  /** Whether another try would fail as well. */
  readonly isHopeless: boolean;
  /** Failed tries of just these records, this one included. */
  readonly attempts: number;
}

/** What next; `records` says how many, from the first on, it concerns. */
export type FailurePlan =
  | { readonly kind: "retry"; readonly records: number; readonly afterMs: number }
  /** Try the first half. A split costs no attempt. */
  | { readonly kind: "split"; readonly records: number; readonly afterMs: number }
  | { readonly kind: LastResort; readonly records: number; readonly afterMs: number };

/** What to do after a try that failed. */
export function planFailure(
  { attempts, isFirstAtFault, isHopeless, records }: FailedTry,
  { backoff, bisect, haltMs, maxAttempts, then }: FailurePolicy,
  random: Random,
): FailurePlan {
  const atFault = isFirstAtFault ? 1 : records;
  const inRow = attempts % maxAttempts;
  if (atFault > 1 && bisect) {
    return { kind: "split", records, afterMs: backoffMs(backoff, 1, random) };
  }
  if (inRow > 0 && !isHopeless) {
    return { kind: "retry", records, afterMs: backoffMs(backoff, inRow, random) };
  }
  return { kind: then, records: atFault, afterMs: then === "halt" ? haltMs : 0 };
}
