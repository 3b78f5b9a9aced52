// Leases made beforehand: of a lease table without any the KCL looks for up to 30 s whether another worker makes them.
import type { RunningEmulator } from "@shardline/emulator";
import { ANY_SIGNAL, leaseWithKey, newTable } from "../contract/lease-table/tables.ts";

const FIRST_SHARD = "shardId-000000000000";

/** Makes the lease table of an application whose stream has one shard. */
export async function makeFirstLease(
  emulator: RunningEmulator,
  application: string,
): Promise<void> {
  const table = newTable(emulator, application);
  await table.ensureTable(ANY_SIGNAL);
  await table.create(leaseWithKey(FIRST_SHARD), ANY_SIGNAL);
  table.close();
}
