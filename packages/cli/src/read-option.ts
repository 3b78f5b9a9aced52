// Reads what options give: numbers within bounds, words out of a few.
import { type Given, UsageError } from "./command.ts";

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A number that an option gives. */
export function readNumber(given: Given, name: string, fallback: number, bounds: Bounds): number {
  return readAs("number", Number.isFinite, { given, name, fallback, bounds });
}

/** A whole number that an option gives. */
export function readWhole(given: Given, name: string, fallback: number, bounds: Bounds): number {
  return readAs("whole number", Number.isSafeInteger, { given, name, fallback, bounds });
}

interface Reading {
  readonly given: Given;
  readonly name: string;
  readonly fallback: number;
  readonly bounds: Bounds;
}

function readAs(
  kind: string,
  isOfKind: (value: number) => boolean,
  { bounds: { max, min }, fallback, given, name }: Reading,
): number {
  const text = given.texts[name];
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() !== "" && isOfKind(value) && min <= value && value <= max) return value;
  const range = max === Infinity ? `of ${min} or more` : `from ${min} to ${max}`;
  throw new UsageError(`--${name} takes a ${kind} ${range}, not ${text}`);
}

/** One of the words that an option takes; the first one if it is not given. */
export function readChoice<const Word extends string>(
  { texts }: Given,
  option: string,
  words: readonly [Word, ...Word[]],
): Word {
  const given = texts[option] ?? words[0];
  const word = words.find((known) => known === given);
  if (word !== undefined) return word;
  throw new UsageError(`--${option} takes ${words.join(" or ")}, not ${given}`);
}
