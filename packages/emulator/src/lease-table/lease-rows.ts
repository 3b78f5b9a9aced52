// The rows of dynalite's store, which are the lease tables of one account in one region: tables, items and indexes, as
// JSON text by dynalite's keys. Kept beside dynalite, so that they can be told and given back.
import type { Caller } from "../stream/namespace.ts";
import { readRowKey } from "./row-key.ts";

/** One row; `null` where it was deleted. */
export type LeaseRow = readonly [key: string, text: string | null];

/** The rows of an account in a region. */
export interface OwnedRows {
  readonly owner: Caller;
  readonly rows: readonly LeaseRow[];
}

/** All items of one table. */
export interface TableItems {
  readonly name: string;
  /** In the JSON of DynamoDB. */
  readonly items: readonly unknown[];
}

/** As much as has to be known of a table. */
interface TableRow {
  readonly TableStatus?: string;
  readonly GlobalSecondaryIndexes?: readonly object[];
}

/** Rows, by their keys. */
export class LeaseRows {
  readonly #rows = new Map<string, string>();
  readonly #onChange: (rows: readonly LeaseRow[]) => void;

  /** `onChange` is called before a change is made, which is not made if that throws. */
  constructor(onChange: (rows: readonly LeaseRow[]) => void) {
    this.#onChange = onChange;
  }

  all(): LeaseRow[] {
    return [...this.#rows];
  }

  /** The tables that can be read, by their names, with their items: so many in all at most. */
  items(most: number): TableItems[] {
    const tables = new Map<string, unknown[]>();
    for (const [table, row] of this.#tables()) if (isReadable(row)) tables.set(table, []);
    let left = most;
    for (const [key, text] of this.#rows) {
      if (left === 0) break;
      const { kind, table = "" } = readRowKey(key) ?? {};
      const items = kind === "item" ? tables.get(table) : undefined;
      if (items === undefined) continue;
      items.push(JSON.parse(text));
      left -= 1;
    }
    const found = Array.from(tables, ([name, items]) => ({ name, items }));
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Changes rows. */
  write(rows: readonly LeaseRow[]): void {
    this.#onChange(rows);
    this.#set(rows);
  }

  /** Takes up rows that were; what was happening to their tables is over. */
  resume(rows: readonly LeaseRow[]): void {
    this.#set(rows);
    for (const [name, row] of this.#tables()) this.#settle(name, row);
  }

  /** The rows that are tables, by their names. */
  #tables(): (readonly [name: string, row: TableRow])[] {
    return Array.from(this.#rows).flatMap(([key, text]) => {
      const { kind, table = "" } = readRowKey(key) ?? {};
      return kind === "table" ? [[table, JSON.parse(text) as TableRow] as const] : [];
    });
  }

  #settle(name: string, table: TableRow): void {
    if (table.TableStatus === "DELETING") {
      for (const key of this.#rows.keys()) {
        if (readRowKey(key)?.table === name) this.#rows.delete(key);
      }
      return;
    }
    const indexes = table.GlobalSecondaryIndexes?.map((index) => ({
      ...index,
      IndexStatus: "ACTIVE",
    }));
    const settled = {
      ...table,
      TableStatus: "ACTIVE",
      ...(indexes === undefined ? {} : { GlobalSecondaryIndexes: indexes }),
    };
    this.#rows.set(`table~${name}`, JSON.stringify(settled));
  }

  #set(rows: readonly LeaseRow[]): void {
    for (const [key, text] of rows) {
      if (text === null) this.#rows.delete(key);
      else this.#rows.set(key, text);
    }
  }
}

/** One that is just being created has no items yet, and one that is being deleted has none any more. */
function isReadable({ TableStatus }: TableRow): boolean {
  return TableStatus === "ACTIVE" || TableStatus === "UPDATING";
}
