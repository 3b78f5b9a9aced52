// Pure: a handler has thrown, for the nth time -> what next. Nothing is ever skipped: the shard stops at the batch
// until it goes through, and its lease is kept, so that the batch does not wear out one worker after the other.
import { type BackoffPlan, backoffMs, type Random } from "@shardline/core";

/** How often and how fast a batch is repeated. */
export interface FailurePolicy {
  /** Tries in a row before the shard is halted. */
  readonly maxAttempts: number;
  readonly backoff: BackoffPlan;
  /** Pause of a halted shard before the next row of tries. */
  readonly haltMs: number;
}

export type FailurePlan =
  | { readonly kind: "retry"; readonly afterMs: number }
  | { readonly kind: "halt"; readonly afterMs: number };

/** What to do after `attempts` tries of a batch, all failed. */
export function planFailure(attempts: number, policy: FailurePolicy, random: Random): FailurePlan {
  if (attempts % policy.maxAttempts === 0) return { kind: "halt", afterMs: policy.haltMs };
  const inRow = attempts % policy.maxAttempts;
  return { kind: "retry", afterMs: backoffMs(policy.backoff, inRow, random) };
}
