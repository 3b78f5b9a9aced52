// Pure: a listing -> the leases that cannot be read, and who waits for them.
import { isEnded } from "./lease.ts";
import { keyOfKin } from "./lease-key.ts";
import type { ForeignItem, LeaseListing } from "./lease-table.ts";
import { hasBegun } from "./parents-plan.ts";

/** A lease that is there and cannot be read, so that nobody knows who reads its shard, and how far. */
export interface UnreadableLease {
  readonly leaseKey: string;
  /** Which attribute of its item is wrong, and how. */
  readonly problem: string;
  /** The children of its shard that have leases and were not begun: they wait for its end, of which nobody knows. */
  readonly waitingShardIds: readonly string[];
}

type Items = Pick<LeaseListing, "leases" | "unreadable" | "foreign">;

/** Every such lease; items of another kind are some where a lease should be. */
export function unreadableLeases({
  foreign,
  leases,
  unreadable,
}: Items): readonly UnreadableLease[] {
  const waiting = new Map<string, string[]>();
  for (const { key } of [...unreadable, ...foreign]) waiting.set(key, []);
  if (waiting.size === 0) return [];
  for (const lease of leases) {
    if (isEnded(lease) || hasBegun(lease)) continue;
    for (const id of lease.parentShardIds) waiting.get(keyOfKin(lease, id))?.push(lease.shardId);
  }
  const broken = unreadable.map(({ key, problem }) => toTell(key, problem, waiting));
  const strange = foreign.map((item) => toTell(item.key, foreignProblem(item), waiting));
  return [...broken, ...strange.filter(({ waitingShardIds }) => waitingShardIds.length > 0)];
}

function toTell(
  leaseKey: string,
  problem: string,
  waiting: ReadonlyMap<string, readonly string[]>,
): UnreadableLease {
  return { leaseKey, problem, waitingShardIds: waiting.get(leaseKey) ?? [] };
}

/** What is wrong with an item of another kind that stands in the place of a lease. */
export function foreignProblem({ entityType }: Pick<ForeignItem, "entityType">): string {
  return `entityType is ${entityType}`;
}
