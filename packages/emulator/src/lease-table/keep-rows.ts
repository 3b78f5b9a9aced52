// dynalite 4 keeps its tables in memory or in a native store of its own. This lets every row that it writes pass by on
// the way into memory, so that one log holds the lease tables as well as the streams.
import { createRequire } from "node:module";
import type { LeaseRows } from "./lease-rows.ts";

/** What dynalite's rows are stored in; each method also takes a callback as its last argument. */
interface Store {
  put: (key: string, value: unknown, ...rest: unknown[]) => unknown;
  del: (key: string, ...rest: unknown[]) => unknown;
  batch: (operations: readonly StoreOperation[], ...rest: unknown[]) => Promise<void>;
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
  store.put = (key, value, ...rest) => {
    rows.write([[key, JSON.stringify(value)]]);
    return put(key, value, ...rest);
  };
  store.del = (key, ...rest) => {
    rows.write([[key, null]]);
    return del(key, ...rest);
  };
  store.batch = (operations, ...rest) => {
    rows.write(
      operations.map((row) => [row.key, row.type === "put" ? JSON.stringify(row.value) : null]),
    );
    return batch(operations, ...rest);
  };
}
