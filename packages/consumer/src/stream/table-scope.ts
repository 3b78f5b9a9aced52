// A table holds the leases of one stream, or of many. By the other kind of name every shard would have another lease,
// and would be read from its beginning.
import { type Clock, KinesisError, sleep } from "@shardline/core";
import { streamNameOfKey } from "../lease/lease-key.ts";
import type { LeaseListing } from "../lease/lease-table.ts";
import type { TableLook } from "../lease/table-look.ts";

/** Whose leases a table is to hold. */
export type TableScope = "one-stream" | "many-streams";

/** After a start on an empty table it is looked at again so much later, each time; leases are made within seconds as a rule. */
const AGAIN_AFTER_MS = [10_000, 50_000];

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
  requireListed(look.listing, scope, table);
  return look;
}

export interface ScopeWatchOptions {
  readonly scope: TableScope;
  readonly tableName: string;
  readonly list: () => Promise<LeaseListing>;
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Workers of either kind that start together see an empty table. Resolves when nothing of the other kind has come to it.
 * @throws KinesisError LEASE_TABLE_UNUSABLE
 */
export async function watchScope(
  { listing }: TableLook,
  options: ScopeWatchOptions,
): Promise<void> {
  const { clock, list, scope, signal, tableName } = options;
  if (listing.leases.length > 0) return;
  for (const delayMs of AGAIN_AFTER_MS) {
    // A table that fails just now is looked at the next time.
    const later = await sleep(clock, delayMs, signal)
      .then(list)
      .catch(() => undefined);
    if (signal.aborted) return;
    if (later !== undefined) requireListed(later, scope, tableName);
  }
}

function requireListed({ leases }: LeaseListing, scope: TableScope, table: string): void {
  const isOfMany = (key: string): boolean => streamNameOfKey(key) !== undefined;
  if (!leases.some(({ key }) => isOfMany(key) !== (scope === "many-streams"))) return;
  throw new KinesisError("LEASE_TABLE_UNUSABLE", {
    message: `lease table ${table} ${ADVICE[scope]}`,
    isRetryable: false,
    details: { table, problem: "other-scope" },
  });
}
