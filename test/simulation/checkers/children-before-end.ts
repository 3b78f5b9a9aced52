// S8: when a shard is marked as read to its end, it is closed, and each shard that follows on it in the stream has a lease
// that knows its parents, and is named.
import { isOpen, parentIdsOf, type Shard } from "@shardline/core";
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isEnded } from "./lease-facts.ts";

export class ChildrenBeforeEnd implements Checker {
  readonly name = "children before the end";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };
  readonly #shards: () => readonly Shard[];
  readonly #leaseOf: (shardId: string) => Lease | undefined;

  constructor(shards: () => readonly Shard[], leaseOf: (shardId: string) => Lease | undefined) {
    this.#shards = shards;
    this.#leaseOf = leaseOf;
  }

  #see({ after, before, process }: EntryOf<"table">): void {
    if (after === undefined || !isEnded(after)) return;
    if (before !== undefined && isEnded(before)) return;
    const problem = this.#problemOf(after);
    if (problem === undefined) return;
    const what = `${process} ends ${after.shardId}, ${problem}`;
    throw new BrokenInvariant(this.name, what, process);
  }

  #problemOf({ childShardIds, shardId }: Lease): string | undefined {
    const shards = this.#shards();
    const isStillOpen = shards.some((shard) => shard.shardId === shardId && isOpen(shard));
    if (isStillOpen) return "which is open";
    for (const child of shards) {
      const parentIds = parentIdsOf(child);
      if (!parentIds.includes(shardId)) continue;
      const lease = this.#leaseOf(child.shardId);
      if (lease === undefined) return `${child.shardId} has no lease`;
      const unknown = parentIds.find((parentId) => !lease.parentShardIds.includes(parentId));
      if (unknown !== undefined) return `${child.shardId} does not know its parent ${unknown}`;
      if (!childShardIds.includes(child.shardId)) return `${child.shardId} is not named`;
    }
    return undefined;
  }
}
