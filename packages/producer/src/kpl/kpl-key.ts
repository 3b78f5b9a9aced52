// What a key of the KPL comes to: options of ours, or a reason why there are none.
import type { Check } from "@shardline/core";
import type { KplProducerOptions } from "./kpl-options.ts";

/** What a value comes to. A reason is given where it does not stand as it was written. */
export interface Meaning {
  readonly options?: KplProducerOptions;
  readonly reason?: string;
}

/** The values of all keys of the file. */
export type Given = ReadonlyMap<string, unknown>;

/** One key: how its value is read, and what it comes to beside the others. */
export interface KplKey {
  readonly check: Check<unknown>;
  readonly mean: (value: unknown, given: Given) => Meaning;
}

/** A key that has options of ours. */
export function mapped<T>(check: Check<T>, mean: (value: T, given: Given) => Meaning): KplKey {
  return { check, mean: mean as KplKey["mean"] };
}

/** A key whose every value comes to nothing. */
export function dropped(check: Check<unknown>, reason: string): KplKey {
  return { check, mean: () => ({ reason }) };
}

/** A key of something that a text cannot be unless it is empty, which means nothing. */
export function handedIn(check: Check<string>, reason: string): KplKey {
  return { check, mean: (value) => (value === "" ? {} : { reason }) };
}
