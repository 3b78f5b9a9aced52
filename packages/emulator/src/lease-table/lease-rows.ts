// The rows of dynalite's store, which are the lease tables of one account in one region: tables, items and indexes, as
// JSON text by dynalite's keys. Kept beside dynalite, so that they can be told and given back.
import type { Caller } from "../stream/namespace.ts";

/** One row; `null` where it was deleted. */
export type LeaseRow = readonly [key: string, text: string | null];

/** The rows of an account in a region. */
export interface OwnedRows {
  readonly owner: Caller;
  readonly rows: readonly LeaseRow[];
}

/** As much as has to be known of a table. */
interface TableRow {
  readonly TableStatus?: string;
  readonly GlobalSecondaryIndexes?: readonly object[];
}

const TABLE = "table~";

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

  /** Changes rows. */
  write(rows: readonly LeaseRow[]): void {
    this.#onChange(rows);
    this.#set(rows);
  }

  /** Takes up rows that were; what was happening to their tables is over. */
  resume(rows: readonly LeaseRow[]): void {
    this.#set(rows);
    for (const [key, text] of this.all()) {
      if (key.startsWith(TABLE) && text !== null) this.#settle(key, JSON.parse(text) as TableRow);
    }
  }

  #settle(key: string, table: TableRow): void {
    if (table.TableStatus === "DELETING") {
      const name = key.slice(TABLE.length);
      for (const other of this.#rows.keys()) if (isOf(name, other)) this.#rows.delete(other);
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
    this.#rows.set(key, JSON.stringify(settled));
  }

  #set(rows: readonly LeaseRow[]): void {
    for (const [key, text] of rows) {
      if (text === null) this.#rows.delete(key);
      else this.#rows.set(key, text);
    }
  }
}

/** Whether a row is the table with a name, or belongs to it. */
function isOf(name: string, key: string): boolean {
  if (key === `${TABLE}${name}`) return true;
  return (
    key.startsWith(`item-${name}~`) ||
    (/^index-(local|global)~/.test(key) && key.split("~")[1] === name)
  );
}
