// Pure: two looks at a lease table -> which owners are alive. Every owner writes to each of its leases three times in a
// failover time, so a counter that stands still for one is not renewed.
import { actualOwner, isEnded, type Lease } from "../lease/lease.ts";

/** The leases of an owner, by whether they were written to between the looks. */
export interface OwnerView {
  readonly owner: string;
  readonly moving: readonly Lease[];
  readonly still: readonly Lease[];
}

/** Owners by name, as of the later look; those of leases that have ended are left out, because they have none. */
export function ownersOf(earlier: readonly Lease[], later: readonly Lease[]): readonly OwnerView[] {
  const before = new Map(earlier.map((lease) => [lease.key, lease]));
  const views = new Map<string, { owner: string; moving: Lease[]; still: Lease[] }>();
  for (const lease of later) {
    const owner = actualOwner(lease);
    if (owner === undefined || isEnded(lease)) continue;
    const view = views.get(owner) ?? { owner, moving: [], still: [] };
    (before.get(lease.key)?.counter === lease.counter ? view.still : view.moving).push(lease);
    views.set(owner, view);
  }
  return [...views.values()].sort((a, b) => (a.owner < b.owner ? -1 : 1));
}

/** Those that have written to a lease between the looks. */
export function livingOwners(
  earlier: readonly Lease[],
  later: readonly Lease[],
): readonly string[] {
  return ownersOf(earlier, later).flatMap(({ moving, owner }) => (moving.length > 0 ? owner : []));
}
