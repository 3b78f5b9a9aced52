// Keys of dynalite's rows. No name of a table has a tilde in it, so that each says whose it is:
//
//   table~TABLE | item-TABLE~key | tag-TABLE~key | index-global~TABLE~INDEX~key | index-local~TABLE~INDEX~key

/** What a row is, and of which table. */
export interface RowKey {
  readonly kind: "table" | "item" | "tag" | "index";
  readonly table: string;
}

const KEY = /^(?:(table|index-global|index-local)~|(item|tag)-)([a-zA-Z0-9_.-]+)(?:~|$)/;
const KINDS: ReadonlyMap<string | undefined, RowKey["kind"]> = new Map([
  ["table", "table"],
  ["item", "item"],
  ["tag", "tag"],
  ["index-global", "index"],
  ["index-local", "index"],
]);

/** Reads a key; `undefined` where it is of no table. */
export function readRowKey(key: string): RowKey | undefined {
  const [, before, joined, table] = KEY.exec(key) ?? [];
  const kind = KINDS.get(before ?? joined);
  return kind === undefined || table === undefined ? undefined : { kind, table };
}
