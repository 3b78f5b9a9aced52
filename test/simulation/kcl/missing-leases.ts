// Which leases the KCL 2.x creates beside those there are (HierarchicalShardSyncer, `NonEmptyLeaseTableSynchronizer`),
// written down step by step, and sharing nothing with the code under test.
import type { Shard } from "@shardline/core";

export type KclPosition = "TRIM_HORIZON" | "LATEST" | "AT_TIMESTAMP";

/** Shard id to the checkpoint of the lease to create. */
export function kclMissingLeases(
  listing: readonly Shard[],
  leased: ReadonlySet<string>,
  position: KclPosition,
): Map<string, KclPosition> {
  const shards = new Map(listing.map((shard) => [shard.shardId, shard]));
  const toCreate = new Map<string, KclPosition>();
  const mark = new Set<string>();
  const memo = new Map<string, boolean>();

  const covered = (id: string): boolean => {
    const shard = shards.get(id);
    if (shard === undefined) return false;
    const known = memo.get(id);
    if (known !== undefined) return known;
    if (leased.has(id)) return true;
    const parents = [shard.parentShardId, shard.adjacentParentShardId].filter(
      (parent): parent is string => parent !== undefined && shards.has(parent),
    );
    const reached = parents.filter((parent) => covered(parent) || mark.has(parent));
    if (reached.length === 0) {
      if (position !== "LATEST") mark.add(id);
      memo.set(id, false);
      return false;
    }
    for (const parent of parents.filter((one) => !leased.has(one))) {
      const isReached = reached.includes(parent);
      if (!toCreate.has(parent) && (mark.has(parent) || !isReached)) toCreate.set(parent, position);
      if (!toCreate.has(parent)) continue;
      toCreate.set(parent, isReached && position !== "AT_TIMESTAMP" ? "TRIM_HORIZON" : position);
    }
    memo.set(id, true);
    return true;
  };

  for (const { endingSequenceNumber, shardId } of listing) {
    const needsLook = endingSequenceNumber === undefined && !leased.has(shardId);
    if (needsLook && !covered(shardId)) toCreate.set(shardId, position);
  }
  return toCreate;
}
