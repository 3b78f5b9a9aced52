// Pure: shards that wait for parents which nobody finishes.
import { actualOwner, isEnded, type Lease } from "../lease/lease.ts";
import { keyOfKin } from "../lease/lease-key.ts";
import { hasBegun } from "../lease/parents-plan.ts";
import type { Finding } from "./finding.ts";
import { haltOf } from "./halt-plan.ts";
import { inLineageOrder } from "./lease-order-plan.ts";
import { ownersOf } from "./liveness-plan.ts";
import type { Snapshot } from "./snapshot.ts";

/** A parent at which everything below it waits. */
interface Blocker {
  /** In a table of many streams shard ids are the same in all of them. */
  readonly leaseKey: string;
  readonly problem: string;
}

/** Ancestors that are not finished because of something that does not pass, with those that wait for them. */
export function findStuckChains(snapshot: Snapshot): readonly Finding[] {
  const blockers = new Blockers(snapshot);
  const waiting = new Map<string, { readonly blocker: Blocker; readonly leaseKeys: string[] }>();
  for (const lease of inLineageOrder(snapshot.later.listing.leases)) {
    if (isEnded(lease)) continue;
    for (const blocker of blockers.above(lease)) {
      const group = waiting.get(blocker.leaseKey) ?? { blocker, leaseKeys: [] };
      group.leaseKeys.push(lease.key);
      waiting.set(blocker.leaseKey, group);
    }
  }
  return [...waiting.values()].map(({ blocker, leaseKeys }) => ({
    kind: "stuck-parent-chain",
    severity: "wrong",
    subjects: [blocker.leaseKey, ...leaseKeys],
    what: `${leaseKeys.join(", ")} must not begin before ${blocker.leaseKey} is finished`,
    why: blocker.problem,
    advice:
      "see to it that the parent is read to its end: start a worker if there is none, and resolve what else is said of it " +
      "here; deleting its lease would leave out the rest of its records",
  }));
}

/** Finds what stands at the top of a lineage. */
class Blockers {
  readonly #snapshot: Snapshot;
  readonly #leases: ReadonlyMap<string, Lease>;
  readonly #unreadable: ReadonlySet<string>;
  readonly #unownedBefore: ReadonlySet<string>;
  readonly #silent: ReadonlySet<string>;

  constructor(snapshot: Snapshot) {
    const [earlier, later] = [snapshot.earlier.listing, snapshot.later.listing];
    this.#snapshot = snapshot;
    this.#leases = new Map(later.leases.map((lease) => [lease.key, lease]));
    this.#unreadable = new Set([...later.unreadable, ...later.foreign].map(({ key }) => key));
    const unowned = earlier.leases.filter((lease) => actualOwner(lease) === undefined);
    this.#unownedBefore = new Set(unowned.map(({ key }) => key));
    const stale = ownersOf(earlier.leases, later.leases).filter(
      ({ moving }) => moving.length === 0,
    );
    this.#silent = new Set(stale.map(({ owner }) => owner));
  }

  /** What a lease waits for without end; none if its parents are read. */
  above(lease: Lease): readonly Blocker[] {
    const found = new Map<string, Blocker>();
    this.#climb(lease, [lease.key], found);
    return [...found.values()];
  }

  #climb(lease: Lease, path: readonly string[], found: Map<string, Blocker>): void {
    for (const parentId of lease.parentShardIds) {
      const leaseKey = keyOfKin(lease, parentId);
      const parent = this.#leases.get(leaseKey);
      const problem =
        path.includes(leaseKey) && parent !== undefined && !isEnded(parent)
          ? "by what the leases say it descends from itself: somebody has written to the table by hand"
          : this.#problemOf(parent, this.#isUnreadable(lease, parentId));
      if (problem !== undefined) found.set(leaseKey, { leaseKey, problem });
      else if (parent !== undefined && !isEnded(parent)) {
        this.#climb(parent, [...path, leaseKey], found);
      }
    }
  }

  #problemOf(parent: Lease | undefined, isUnreadable: boolean): string | undefined {
    if (isUnreadable)
      return "the item of its lease cannot be read, so nobody reads it or knows whether it is finished";
    if (parent === undefined || isEnded(parent)) return undefined;
    // One that waits itself is nobody's yet, and is not the cause.
    if (this.#hasUnfinishedParents(parent)) return undefined;
    const owner = actualOwner(parent);
    if (owner === undefined) {
      return this.#unownedBefore.has(parent.key) ? "nobody reads it" : undefined;
    }
    if (this.#silent.has(owner)) {
      return `its owner ${owner} has not renewed it for ${this.#snapshot.observedMs / 1000} s`;
    }
    return haltOf(parent) === undefined ? undefined : "it is halted at a record that keeps failing";
  }

  #hasUnfinishedParents(lease: Lease): boolean {
    return lease.parentShardIds.some((parentId) => {
      const parent = this.#leases.get(keyOfKin(lease, parentId));
      return this.#isUnreadable(lease, parentId) || (parent !== undefined && !isEnded(parent));
    });
  }

  /** Whether a lease waits for one that cannot be read. */
  #isUnreadable(lease: Lease, parentId: string): boolean {
    return !hasBegun(lease) && this.#unreadable.has(keyOfKin(lease, parentId));
  }
}
