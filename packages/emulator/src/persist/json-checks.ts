// Checks of JSON, for what core's checks of options have no word for.
import { type Check, group, optional, wrong } from "@shardline/core";

/** A list, by the check of each of its items. */
export function list<T>(check: Check<T>): Check<readonly T[]> {
  return (value, path, problems) => {
    if (Array.isArray(value)) return value.map((item, i) => check(item, `${path}[${i}]`, problems));
    problems.push(wrong(path, "a list", value));
    return [];
  };
}

/** A tagged union, by the member that is its tag and the check of each of its kinds. */
export function tagged<T>(tag: string, kinds: Readonly<Record<string, Check<T>>>): Check<T> {
  return (value, path, problems) => {
    const kind = (value as Readonly<Record<string, unknown>> | null | undefined)?.[tag];
    const check = typeof kind === "string" && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    if (check !== undefined) return check(value, path, problems);
    problems.push(wrong(`${path}.${tag}`, Object.keys(kinds).join(" or "), kind));
    return value as T;
  };
}

/** Any members of an object: those that are left out stay out. */
export function some<T extends object>(
  checks: {
    readonly [Name in keyof T]-?: Check<T[Name]>;
  },
): Check<Partial<T>> {
  const all = group<Readonly<Record<string, unknown>>>(
    Object.fromEntries(
      Object.entries<Check<unknown>>(checks).map(([name, check]) => [name, optional(check)]),
    ),
  );
  return (value, path, problems) => {
    const members = Object.entries(all(value, path, problems));
    return Object.fromEntries(members.filter(([, member]) => member !== undefined)) as Partial<T>;
  };
}

/** A value that may be `null`. */
export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value, path, problems) => (value === null ? null : check(value, path, problems));
}
