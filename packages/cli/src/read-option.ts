// Reads what options give: numbers within bounds, words out of a few.
import { type Given, UsageError } from "./command.ts";

/** A number that an option gives. */
export function readNumber(
  given: Given,
  name: string,
  fallback: number,
  { max, min }: { readonly min: number; readonly max: number },
): number {
  const text = given.texts[name];
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && min <= value && value <= max) return value;
  const bounds = max === Infinity ? `of ${min} or more` : `from ${min} to ${max}`;
  throw new UsageError(`--${name} takes a number ${bounds}, not ${text}`);
}

/** A whole number that an option gives. */
export function readWhole(...reading: Parameters<typeof readNumber>): number {
  const value = readNumber(...reading);
  if (Number.isSafeInteger(value)) return value;
  const [given, name] = reading;
  throw new UsageError(`--${name} takes a whole number, not ${given.texts[name]}`);
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
