// What the tries of a record tell: how many they are, and for how long they have failed alike.
import type { Attempt } from "@shardline/core";
import type { Carrier } from "../record/carrier.ts";

/** Tries of a carrier, with those that its most tried record had in others before. */
export function triesOf({ attempts, members }: Carrier): number {
  const earlier = new Set(members.earlierAttempts().map(({ length }) => length));
  return Math.max(0, ...earlier) + attempts.length;
}

/** Tries that count as such: that a call was refused because of another record in it is nobody's failure. */
export function countedTries(attempts: readonly Attempt[]): number {
  return attempts.filter(({ failure }) => failure?.kind !== "rejected").length;
}

/** Whether one of a carrier's records has had all the tries that it may have. */
export function isTriedOften({ attempts, members }: Carrier, maxAttempts: number): boolean {
  if (maxAttempts === Number.POSITIVE_INFINITY) return false;
  const left = maxAttempts - countedTries(attempts);
  return left <= 0 || members.earlierAttempts().some((earlier) => countedTries(earlier) >= left);
}

/** How long the last of these attempts, and those before it without a break, have failed in one way. */
export function failingForMs(attempts: readonly Attempt[]): number {
  const kind = attempts.at(-1)?.failure?.kind;
  const before = attempts.findLastIndex(({ failure }) => failure?.kind !== kind);
  return attempts
    .slice(before + 2)
    .reduce((sum, { delayMs, durationMs }) => sum + delayMs + durationMs, 0);
}
