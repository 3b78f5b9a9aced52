// Pure: the stream's shards and the leases there are -> the leases that nobody needs any more. A lease that has ended
// is needed until all that follows on it has begun: until then it says that the children are to be read from their
// first record on, and that they may be.
import { parentIdsOf, type Shard } from "@shardline/core";
import { isEnded, type Lease } from "../lease/lease.ts";
import { type MissingLease, planMissingLeases, type SyncView } from "./shard-sync-plan.ts";
import { leasesBeyond } from "./stream-identity-plan.ts";

/** Checkpoints of a shard of which nothing was read. */
const UNREAD: ReadonlySet<string> = new Set(["TRIM_HORIZON", "AT_TIMESTAMP"]);

/**
 * The leases to delete now, of one generation: a parent's lease goes before its child's. None if anything is missing,
 * or if a comparison with the shards would create what was deleted.
 */
export function planCleanUp(view: SyncView): readonly Lease[] {
  const families = new Families(view);
  const useless = view.leases.filter((lease) => isEnded(lease) && families.haveMovedOn(lease));
  const gone = new Set(useless);
  const rest = view.leases.filter((lease) => !gone.has(lease));
  const plan = planMissingLeases({ ...view, leases: rest });
  return plan.kind === "create" && plan.missing.length === 0 ? useless : [];
}

/**
 * Whether what is missing may have been there, been read to its end and been deleted: shards or leases are then seen as
 * they were before, and what descends from it has begun. Created again, all of it would be read again.
 */
export function mayBeCleanedUp(
  { leases, listing }: Pick<SyncView, "leases" | "listing">,
  missing: readonly MissingLease[],
): boolean {
  // A reshard that the listing does not tell of.
  const descended = leases.filter(({ parentShardIds }) => parentShardIds.length > 0);
  if (leasesBeyond(descended, listing).length > 0) return true;
  const parentIds = new Map(listing.map((shard) => [shard.shardId, parentIdsOf(shard)]));
  const begun = leases.filter(({ checkpoint }) => !UNREAD.has(checkpoint.sequenceNumber));
  const ancestors = new Set(begun.flatMap(({ parentShardIds }) => parentShardIds));
  // What is added meanwhile is come to as well.
  for (const shardId of ancestors) {
    for (const parentId of parentIds.get(shardId) ?? []) ancestors.add(parentId);
  }
  return missing.some(({ shard }) => ancestors.has(shard.shardId));
}

/** Who descends from whom, as told by shards and leases alike. */
class Families {
  readonly #listed: ReadonlySet<string>;
  readonly #leases: ReadonlyMap<string, Lease>;
  /** Shards whose lease is there and cannot be read. */
  readonly #occupied: ReadonlySet<string>;
  readonly #children = new Map<string, Set<string>>();

  constructor({ leases, listing, occupied = new Set() }: SyncView) {
    this.#occupied = occupied;
    this.#listed = new Set(listing.map(({ shardId }) => shardId));
    this.#leases = new Map(leases.map((lease) => [lease.shardId, lease]));
    for (const shard of listing) this.#note(parentIdsOf(shard), shard);
    for (const lease of leases) {
      this.#note(lease.parentShardIds, lease);
      for (const shardId of lease.childShardIds) this.#note([lease.shardId], { shardId });
    }
  }

  /** Whether no parent's lease is left and every child's has begun; of a shard that has aged out, whether it is there. */
  haveMovedOn({ parentShardIds, shardId }: Lease): boolean {
    if (parentShardIds.some((parentId) => this.#hasLease(parentId))) return false;
    const children = [...(this.#children.get(shardId) ?? [])];
    return this.#listed.has(shardId)
      ? children.length > 0 && children.every((childId) => this.#hasBegun(childId))
      : children.every((childId) => this.#hasLease(childId) || !this.#listed.has(childId));
  }

  #hasLease(shardId: string): boolean {
    return this.#leases.has(shardId) || this.#occupied.has(shardId);
  }

  #hasBegun(shardId: string): boolean {
    const lease = this.#leases.get(shardId);
    return lease !== undefined && !UNREAD.has(lease.checkpoint.sequenceNumber);
  }

  #note(parentIds: readonly string[], { shardId }: Pick<Shard, "shardId">): void {
    for (const parentId of parentIds) {
      const children = this.#children.get(parentId) ?? new Set();
      this.#children.set(parentId, children.add(shardId));
    }
  }
}
