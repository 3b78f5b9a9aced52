// What a check of an option is, and the sentence in which it complains.

/** Reads one value: answers what the library shall use, and reports what is wrong with it. */
export type Check<T> = (value: unknown, path: string, problems: string[]) => T;

/** The sentence for a wrong value. */
export function wrong(path: string, expected: string, value: unknown): string {
  return `${path} must be ${expected}, got ${show(value)}`;
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? "an array" : "an object";
  return String(value);
}
