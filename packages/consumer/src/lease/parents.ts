// Asks the lease table how far the parents of a shard are, right before it is taken or read.
import type { Lease } from "./lease.ts";
import { keyOfKin } from "./lease-key.ts";
import type { LeaseTable } from "./lease-table.ts";
import { judgeParents, type ParentsLook } from "./parents-plan.ts";

/** Looks at the leases of all parents. Rejects when the table fails. */
export async function lookAtParents(
  lease: Lease,
  table: Pick<LeaseTable, "get">,
  signal: AbortSignal,
): Promise<ParentsLook> {
  const look = async (parentId: string) => {
    const leaseKey = keyOfKin(lease, parentId);
    return { leaseKey, found: await table.get(leaseKey, { consistent: true }, signal) };
  };
  return judgeParents(lease, await Promise.all(lease.parentShardIds.map(look)));
}
