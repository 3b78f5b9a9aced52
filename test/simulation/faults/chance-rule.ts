// A rule of the emulator that fires by chance.
import type { FaultInput } from "@shardline/emulator";

type Effect = Exclude<FaultInput, { preset: unknown }>["effect"];

/** The rule for calls of some operations, or of all; none for a chance of zero, which rules do not know. */
export function chanceRule(
  probability: number,
  operations: string | readonly string[],
  effect: Effect,
): FaultInput[] {
  if (probability === 0) return [];
  const match = operations.length === 0 ? { probability } : { operations, probability };
  return [{ effect, match }];
}
