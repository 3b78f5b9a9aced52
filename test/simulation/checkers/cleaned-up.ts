// Whether leases are left that nobody needs: of shards that were read to their end, and whose children have begun.
import type { Lease } from "@shardline/consumer";
import { isEnded } from "./lease-facts.ts";

/** The keys of such leases; one generation is deleted after the other, so only the oldest are told. */
export function uselessLeases(leases: readonly Lease[]): string[] {
  const byShard = new Map(leases.map((lease) => [lease.shardId, lease]));
  return leases.flatMap((lease) => {
    const { childShardIds, key, parentShardIds } = lease;
    const isOldest = !parentShardIds.some((id) => byShard.has(id));
    const children = childShardIds.map((id) => byShard.get(id)?.checkpoint.sequenceNumber);
    const haveBegun = children.every((child) => child !== undefined && child !== "TRIM_HORIZON");
    return isEnded(lease) && isOldest && haveBegun ? [key] : [];
  });
}
