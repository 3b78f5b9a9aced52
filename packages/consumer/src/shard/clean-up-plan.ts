// Pure: the stream's shards and the leases there are -> the leases that nobody needs any more. A lease that has ended
// is needed until all that follows on it has begun: until then it says that the children are to be read from their
// first record on, and that they may be.
import { parentIdsOf, type Shard } from "@shardline/core";
import { isEnded, type Lease } from "../lease/lease.ts";
import { planMissingLeases, type SyncView } from "./shard-sync-plan.ts";

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
