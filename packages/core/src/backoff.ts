// How long to wait before trying again.
import type { Random } from "./random.ts";

export interface BackoffPlan {
  /** The wait after the first failure, before jitter. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * Doubles with each failure up to the maximum, then takes a random half to whole of it: spread enough that
 * clients part, and never so short that a retry hammers.
 */
export function backoffMs(plan: BackoffPlan, failures: number, random: Random): number {
  const whole = Math.min(plan.maxMs, plan.baseMs * 2 ** Math.min(failures - 1, 30));
  return whole * (0.5 + random.next() / 2);
}
