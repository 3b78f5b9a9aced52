// dynalite 4 keeps its tables in memory or in a native store of its own. This lets every row that it writes pass by on
// the way into memory, so that one log holds the lease tables as well as the streams.
import { createRequire } from "node:module";
import type { LeaseRow, LeaseRows } from "./lease-rows.ts";

/** What dynalite's rows are stored in; each method also takes a callback as its last argument. */
interface Store {
  put: (key: string, value: unknown, ...rest: unknown[]) => unknown;
  del: (key: string, ...rest: unknown[]) => unknown;
  batch: (operations: readonly StoreOperation[], ...rest: unknown[]) => unknown;
}

type StoreOperation =
  | { readonly type: "put"; readonly key: string; readonly value: unknown }
  | { readonly type: "del"; readonly key: string };

interface Db {
  create: (options: object) => { readonly db: Store };
}

/** Runs what creates a dynalite, and lets it keep its rows in the given ones, which it holds from the start. */
export async function keepRows<T>(rows: LeaseRows, createDynalite: () => T): Promise<T> {
  const require = createRequire(import.meta.url);
  const db = require("dynalite/db") as Db;
  const { create } = db;
  let store: Store | undefined;
  db.create = (options) => {
    const created = create(options);
    store = created.db;
    return created;
  };
  let dynalite: T;
  try {
    dynalite = createDynalite();
  } finally {
    db.create = create;
  }
  if (store !== undefined) await connect(store, rows);
  return dynalite;
}

async function connect(store: Store, rows: LeaseRows): Promise<void> {
  const { put, del, batch } = store;
  const kept = rows
    .all()
    .flatMap(([key, text]): StoreOperation[] =>
      text === null ? [] : [{ type: "put", key, value: JSON.parse(text) }],
    );
  await batch(kept);
  /** What cannot be kept is told to whoever waits for the row: thrown, it would end the process. */
  const keep = <T>(changed: readonly LeaseRow[], rest: readonly unknown[], store: () => T) => {
    const done = rest.at(-1);
    try {
      rows.write(changed);
    } catch (error) {
      if (typeof done !== "function") throw error;
      return void done(failureOf(error));
    }
    return store();
  };
  store.put = (key, value, ...rest) =>
    keep([[key, JSON.stringify(value)]], rest, () => put(key, value, ...rest));
  store.del = (key, ...rest) => keep([[key, null]], rest, () => del(key, ...rest));
  store.batch = (operations, ...rest) =>
    keep(operations.map(rowOf), rest, () => batch(operations, ...rest));
}

function rowOf(operation: StoreOperation): LeaseRow {
  return [operation.key, operation.type === "put" ? JSON.stringify(operation.value) : null];
}

/** An error that dynalite answers with. */
function failureOf(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const body = { __type: "com.amazonaws.dynamodb.v20120810#InternalServerError", message };
  return Object.assign(new Error(message), { statusCode: 500, body });
}
