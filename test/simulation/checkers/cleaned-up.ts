// L7: whether leases are left that nobody needs: of shards that were read to their end, and whose children, as the stream has
// them, have begun.
import type { Lease } from "@shardline/consumer";
import { parentIdsOf, type Shard } from "@shardline/core";
import { isEnded } from "./lease-facts.ts";

/** Checkpoints of a shard of which nothing was read. */
const UNREAD: ReadonlySet<string | undefined> = new Set([
  "TRIM_HORIZON",
  "AT_TIMESTAMP",
  undefined,
]);

/** The keys of such leases; one generation is deleted after the other, so only the oldest are told. */
export function uselessLeases(leases: readonly Lease[], shards: readonly Shard[]): string[] {
  const byShard = new Map(leases.map((lease) => [lease.shardId, lease]));
  const ended = leases.filter(isEnded);
  if (ended.length === 0) return [];
  const parents = new Map(shards.map((shard) => [shard.shardId, parentIdsOf(shard)]));
  return ended.flatMap(({ key, shardId }) => {
    const isOldest = !parents.get(shardId)?.some((id) => byShard.has(id));
    const children = shards.filter((shard) => parents.get(shard.shardId)?.includes(shardId));
    const starts = children.map((child) => byShard.get(child.shardId)?.checkpoint.sequenceNumber);
    const haveBegun = !starts.some((start) => UNREAD.has(start));
    return isOldest && haveBegun ? [key] : [];
  });
}
