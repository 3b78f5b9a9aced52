// How messages about broken constraints quote a text.

const MAX_SHOWN_LENGTH = 2048;

/** A text as messages quote it, cut where it is long. */
export function show(value: string): string {
  return value.length > MAX_SHOWN_LENGTH
    ? `'${value.slice(0, MAX_SHOWN_LENGTH)}...'`
    : `'${value}'`;
}
