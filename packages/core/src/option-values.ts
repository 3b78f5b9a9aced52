// Checks of single option values; options.ts puts them together.
import { type Check, wrong } from "./option-check.ts";

/** Inclusive bounds; `Infinity` as `max` also admits the value Infinity where `number` checks. */
interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A whole number within bounds. */
export function integer({ min, max }: Bounds): Check<number> {
  return (value, path, problems) => {
    if (Number.isSafeInteger(value) && min <= (value as number) && (value as number) <= max) {
      return value as number;
    }
    problems.push(wrong(path, `a whole number from ${min} to ${max}`, value));
    return min;
  };
}

/** A number within bounds, fractions and Infinity included if the bounds have room for them. */
export function number({ min, max }: Bounds): Check<number> {
  return (value, path, problems) => {
    if (typeof value === "number" && min <= value && value <= max) return value;
    problems.push(wrong(path, `a number from ${min} to ${max}`, value));
    return min;
  };
}

/** One of some words or other constants. */
export function oneOf<const T extends string | boolean>(...choices: readonly T[]): Check<T> {
  return (value, path, problems) => {
    if ((choices as readonly unknown[]).includes(value)) return value as T;
    problems.push(wrong(path, choices.map((choice) => JSON.stringify(choice)).join(" or "), value));
    return choices[0] as T;
  };
}

/** A text that a function can read, told in `expected` what it must be. */
export function parsed<T>(expected: string, parse: (text: string) => T | undefined): Check<T> {
  return (value, path, problems) => {
    const result = typeof value === "string" ? parse(value) : undefined;
    if (result === undefined) problems.push(wrong(path, expected, value));
    return result as T;
  };
}

/** A value that passes a test, told in `expected` what it must be. */
export function matching<T>(expected: string, isFine: (value: unknown) => boolean): Check<T> {
  return (value, path, problems) => {
    if (!isFine(value)) problems.push(wrong(path, expected, value));
    return value as T;
  };
}

/** An object with certain methods: a port, or something of its shape. */
export function withMethods<T>(
  expected: string,
  ...methods: readonly (keyof T & string)[]
): Check<T> {
  return matching(expected, (value) => {
    if (typeof value !== "object" || value === null) return false;
    return methods.every(
      (method) => typeof (value as Record<string, unknown>)[method] === "function",
    );
  });
}
