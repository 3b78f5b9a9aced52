// How often a carrier was tried: as often as the record in it that was tried most often.
import type { Carrier } from "../record/carrier.ts";

/** Tries of a carrier, with those that its most tried record had in others before. */
export function triesOf({ attempts, members }: Carrier): number {
  return members.mostEarlier("count") + attempts.count;
}

/** Whether one of a carrier's records has had all the tries that it may have. */
export function isTriedOften({ attempts, members }: Carrier, maxAttempts: number): boolean {
  if (maxAttempts === Number.POSITIVE_INFINITY) return false;
  return members.mostEarlier("countedTries") + attempts.countedTries >= maxAttempts;
}
