// A check of a word out of a long list, which names the one that was probably meant.
import { type Check, nearWord } from "@shardline/core";

/** One of some words. */
export function word<const Word extends string>(...words: readonly [Word, ...Word[]]): Check<Word> {
  return (value, path, problems) => {
    if (words.includes(value as Word)) return value as Word;
    const meant = typeof value === "string" ? nearWord(value, words) : undefined;
    problems.push(
      meant === undefined
        ? `${path} must be one of ${words.join(", ")}`
        : `${path} is ${JSON.stringify(value)}; did you mean ${meant}?`,
    );
    return words[0];
  };
}
