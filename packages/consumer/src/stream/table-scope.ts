// A table holds the leases of one stream, or of many. By the other kind of name every shard would have another lease,
// and would be read from its beginning.
import { KinesisError } from "@shardline/core";
import { streamNameOfKey } from "../lease/lease-key.ts";
import type { LeaseListing } from "../lease/lease-table.ts";
import type { TableLook } from "../lease/table-look.ts";

/** Whose leases a table is to hold. */
export type TableScope = "one-stream" | "many-streams";

const ADVICE: Readonly<Record<TableScope, string>> = {
  "one-stream":
    "holds the leases of many streams; name them in streams, or use another application for a single one",
  "many-streams":
    "holds the leases of a single stream; name it in stream, or use another application for many",
};

/**
 * The look again, if no lease in it is of the other kind.
 * @throws KinesisError LEASE_TABLE_UNUSABLE
 */
export function requireScope(look: TableLook, scope: TableScope, table: string): TableLook {
  if (!scopesOf(look.listing).has(other(scope))) return look;
  throw ofOther(scope, table);
}

/**
 * Asked before the first leases are made: the other kind may have begun since the table was looked at first. Who has leases
 * there goes on, so that nothing that strays in later ends a fleet.
 * @throws KinesisError LEASE_TABLE_UNUSABLE
 */
export function requireOwnKind(listing: LeaseListing, scope: TableScope, table: string): void {
  const scopes = scopesOf(listing);
  if (scopes.has(other(scope)) && !scopes.has(scope)) throw ofOther(scope, table);
}

function scopesOf({ leases }: LeaseListing): ReadonlySet<TableScope> {
  const isOfMany = (key: string): boolean => streamNameOfKey(key) !== undefined;
  return new Set(leases.map(({ key }) => (isOfMany(key) ? "many-streams" : "one-stream")));
}

function other(scope: TableScope): TableScope {
  return scope === "one-stream" ? "many-streams" : "one-stream";
}

function ofOther(scope: TableScope, table: string): KinesisError {
  return new KinesisError("LEASE_TABLE_UNUSABLE", {
    message: `lease table ${table} ${ADVICE[scope]}`,
    isRetryable: false,
    details: { table, problem: "other-scope" },
  });
}
