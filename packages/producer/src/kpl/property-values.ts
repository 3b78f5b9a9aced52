// How the KPL reads the texts of a properties file, and what it takes.
import { type Check, parsed } from "@shardline/core";

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
  const word = text.trim().toLowerCase();
  return word === "true" || word === "false" ? word === "true" : undefined;
});

/** One of some words. */
export function word<const Word extends string>(...words: readonly Word[]): Check<Word> {
  return parsed(words.join(" or "), (text) => words.find((known) => known === text.trim()));
}

/** A text of a certain form; empty for none. */
export function form(expected: string, pattern: RegExp): Check<string> {
  return parsed(expected, (text) => (pattern.test(text.trim()) ? text.trim() : undefined));
}

/** The name of a host; empty for none. */
export const host: Check<string> = parsed("the name of a host, without scheme and port", (text) => {
  const name = text.trim();
  const isHost = /^[A-Za-z0-9.-]*$/.test(name) && (name === "" || URL.canParse(`https://${name}`));
  return isHost ? name : undefined;
});

export const port: Check<bigint> = whole(1n, 65_535n);
