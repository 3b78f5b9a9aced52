// L2: whether shards are left whose checkpoint has not reached their last record, by itself, with the renewals.
import type { Lease } from "@shardline/consumer";
import type { StoredRecords } from "../evidence/stored-records.ts";

/** The keys of such leases. */
export function laggingLeases(leases: readonly Lease[], stored: StoredRecords): string[] {
  return leases.flatMap(({ checkpoint, key, shardId }) => {
    const isAtLast = stored.countUpTo(shardId, checkpoint) === stored.ofShard(shardId).length;
    return isAtLast ? [] : [key];
  });
}
