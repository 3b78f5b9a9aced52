// Pure: the leases of a shard's parents -> whether the shard may be read. A parent without a lease is done: its lease was
// deleted because it was read, or there never was one because nothing of it is wanted. A lease that cannot be read says
// nothing: the shard waits, unless it was begun before, which tells that its parents were done.
import { isSentinel } from "@shardline/core";
import { isEnded, type Lease } from "./lease.ts";
import type { LeaseLookup } from "./lease-lookup.ts";

/** What stands under the key of a parent's lease. */
export interface ParentLookup {
  readonly leaseKey: string;
  readonly found: LeaseLookup;
}

/** How far the parents of a shard are. */
export type ParentsLook =
  | { readonly kind: "ended" | "unfinished" }
  /** Of one of them nobody knows, because of the item of its lease. */
  | { readonly kind: "unreadable"; readonly leaseKey: string; readonly problem: string };

/** Whether records of a shard were handled, so that its parents are done whatever their leases say. */
export function hasBegun({ checkpoint }: Pick<Lease, "checkpoint">): boolean {
  return !isSentinel(checkpoint);
}

/** How far the parents are, by all their leases. */
export function judgeParents(lease: Lease, parents: readonly ParentLookup[]): ParentsLook {
  for (const { found, leaseKey } of parents) {
    if (found.kind !== "unreadable" || hasBegun(lease)) continue;
    return { kind: "unreadable", leaseKey, problem: found.problem };
  }
  const isDone = parents.every(({ found }) => found.kind !== "lease" || isEnded(found.lease));
  return { kind: isDone ? "ended" : "unfinished" };
}
