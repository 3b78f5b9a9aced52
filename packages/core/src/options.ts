// Checks an options object once, at construction: every problem is found and told, unknown keys with the
// nearest known one, defaults are filled in, and the result is frozen.
import { KinesisError } from "./errors.ts";
import { nearWord } from "./near-word.ts";
import { type Check, wrong } from "./option-check.ts";

/** One check per known key. */
type GroupChecks<T> = { readonly [Key in keyof T]-?: Check<T[Key]> };

/**
 * Checks an options object.
 * @throws KinesisError INVALID_OPTIONS with every problem found.
 */
export function resolveOptions<T>(owner: string, check: Check<T>, input: unknown): T {
  const problems: string[] = [];
  const resolved = check(input, "", problems);
  if (problems.length === 0) return resolved;
  throw new KinesisError("INVALID_OPTIONS", {
    message: `${owner} refused its options: ${problems.join("; ")}`,
    isRetryable: false,
    details: { problems },
  });
}

/** An object of known keys. A value that is left out is checked as `undefined`. */
export function group<T extends object>(checks: GroupChecks<T>): Check<Readonly<T>> {
  return (value, path, problems) => {
    const input = value === undefined ? {} : value;
    if (typeof input !== "object" || input === null || Array.isArray(input)) {
      problems.push(wrong(path || "options", "an object", value));
      return {} as T;
    }
    for (const key of Object.keys(input)) {
      if (!Object.hasOwn(checks, key))
        problems.push(unknownKey(join(path, key), key, Object.keys(checks)));
    }
    const entries = Object.entries(checks).map(([key, check]) => {
      const given = (input as Record<string, unknown>)[key];
      return [key, (check as Check<unknown>)(given, join(path, key), problems)];
    });
    return Object.freeze(Object.fromEntries(entries) as T);
  };
}

/** A value that must be there. */
export function required<T>(check: Check<T>): Check<T> {
  return (value, path, problems) => {
    if (value === undefined) problems.push(`${path} is required`);
    else return check(value, path, problems);
    return undefined as T;
  };
}

/** A value that may be left out. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, path, problems) =>
    value === undefined ? undefined : check(value, path, problems);
}

/** A value that may be left out, for which a default then stands. */
export function withDefault<T>(check: Check<T>, fallback: T): Check<T> {
  return (value, path, problems) => (value === undefined ? fallback : check(value, path, problems));
}

/** A value that `false` switches off. */
export function orFalse<T>(check: Check<T>): Check<T | false> {
  return (value, path, problems) => (value === false ? false : check(value, path, problems));
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function unknownKey(path: string, key: string, known: readonly string[]): string {
  const meant = nearWord(key, known);
  return meant === undefined
    ? `${path} is not an option; known are ${known.join(", ")}`
    : `${path} is not an option; did you mean ${meant}?`;
}
