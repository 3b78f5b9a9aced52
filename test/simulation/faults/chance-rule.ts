// A rule of the emulator that fires by chance.
import type { FaultInput } from "@shardline/emulator";
import type { FaultName } from "./fault-names.ts";

type Effect = Exclude<FaultInput, { preset: unknown }>["effect"];

/** A rule, and the fault as which its hits count. */
export interface NamedRule {
  readonly name: FaultName;
  readonly rule: FaultInput;
}

/** The rule for calls of some operations, or of all; none for a chance of zero, which rules do not know. */
export function chanceRule(
  name: FaultName,
  probability: number,
  operations: string | readonly string[],
  effect: Effect,
): NamedRule[] {
  if (probability === 0) return [];
  const match = operations.length === 0 ? { probability } : { operations, probability };
  return [{ name, rule: { effect, match } }];
}
