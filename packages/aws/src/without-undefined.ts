// Options on top of defaults: a field that is there but undefined is one the user did not set.

/** A copy without the fields that are undefined. */
export function withoutUndefined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
