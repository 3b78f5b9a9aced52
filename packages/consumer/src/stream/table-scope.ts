// A table holds the leases of one stream, or of many. By the other kind of name every shard would have another lease,
// and would be read from its beginning.
import { KinesisError } from "@shardline/core";
import { streamNameOfKey } from "../lease/lease-key.ts";
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
  const isOfMany = (key: string): boolean => streamNameOfKey(key) !== undefined;
  const isStrange = look.listing.leases.some(
    ({ key }) => isOfMany(key) !== (scope === "many-streams"),
  );
  if (!isStrange) return look;
  throw new KinesisError("LEASE_TABLE_UNUSABLE", {
    message: `lease table ${table} ${ADVICE[scope]}`,
    isRetryable: false,
    details: { table, problem: "other-scope" },
  });
}
