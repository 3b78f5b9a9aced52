// A look at the whole lease table: what it showed, and since when that may be out of date.
import type { Clock } from "@shardline/core";
import type { LeaseListing, LeaseTable } from "./lease-table.ts";

export interface TableLook {
  /** Monotonic time before the listing was asked for: it tells nothing of what came later. */
  readonly askedAtMs: number;
  readonly listing: LeaseListing;
}

/** Lists the table. */
export async function lookAtTable(
  table: LeaseTable,
  clock: Clock,
  signal: AbortSignal,
): Promise<TableLook> {
  const askedAtMs = clock.nowMs();
  return { askedAtMs, listing: await table.list(signal) };
}
