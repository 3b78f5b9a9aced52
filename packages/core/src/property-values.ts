// How the texts of a properties file are read, by the KPL and by the KCL.
import type { Check } from "./option-check.ts";
import { parsed } from "./option-values.ts";

/** The largest `long` of Java. */
const MAX_LONG = 2n ** 63n - 1n;

/** A whole number within bounds. One semicolon behind it is let pass, for there is one in the KPL's own file of defaults. */
export function whole(min: bigint, max: bigint = MAX_LONG): Check<bigint> {
  return parsed(`a whole number from ${min} to ${max}`, (text) => {
    const [, digits] = /^\s*\+?(-?\d{1,40})\s*;?\s*$/.exec(text) ?? [];
    if (digits === undefined) return undefined;
    const value = BigInt(digits);
    return min <= value && value <= max ? value : undefined;
  });
}

/** Java takes everything but `true` for `false`, misspelt words too; here they are refused. */
export const truth: Check<boolean> = parsed("true or false", (text) => {
  const spelt = text.trim().toLowerCase();
  return spelt === "true" || spelt === "false" ? spelt === "true" : undefined;
});

/** One of some words. */
export function word<const Word extends string>(...words: readonly Word[]): Check<Word> {
  return parsed(words.join(" or "), (text) => words.find((known) => known === text.trim()));
}

/** A text of a certain form; empty for none. */
export function form(expected: string, pattern: RegExp): Check<string> {
  return parsed(expected, (text) => (pattern.test(text.trim()) ? text.trim() : undefined));
}

export const anyText: Check<string> = form("a text", /(?:)/);
