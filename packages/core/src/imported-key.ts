// What a key of somebody else's properties file comes to: options of ours, or a reason why there are none.
import type { Check } from "./option-check.ts";

/** What a value comes to. A reason is given where it does not stand as it was written. */
export interface Meaning<Options> {
  readonly options?: Options;
  readonly reason?: string;
}

/** The values of all keys of the file. */
export type GivenValues = ReadonlyMap<string, unknown>;

/** One key: how its value is read, and what it comes to beside the others. */
export interface ImportedKey<Options> {
  readonly check: Check<unknown>;
  readonly mean: (value: unknown, given: GivenValues) => Meaning<Options>;
}

/** A key that has options of ours. */
export function mapped<T, Options>(
  check: Check<T>,
  mean: (value: T, given: GivenValues) => Meaning<Options>,
): ImportedKey<Options> {
  return { check, mean: mean as ImportedKey<Options>["mean"] };
}

/** A key whose every value comes to nothing. */
export function dropped(check: Check<unknown>, reason: string): ImportedKey<never> {
  return { check, mean: () => ({ reason }) };
}

/** A key of something that a text cannot be unless it is empty, which means nothing. */
export function handedIn(check: Check<string>, reason: string): ImportedKey<never> {
  return { check, mean: (value) => (value === "" ? {} : { reason }) };
}
