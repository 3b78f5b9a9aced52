// A shard's first record is delivered only when the leases of its parents are at their end, or gone.
import { comparePositions, SHARD_END } from "@shardline/core";
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker, type TimedEntry } from "../journal.ts";

export class ParentBeforeChild implements Checker {
  readonly name = "parent before child";
  readonly #leaseOf: (shardId: string) => Lease | undefined;

  constructor(leaseOf: (shardId: string) => Lease | undefined) {
    this.#leaseOf = leaseOf;
  }

  see(entry: TimedEntry): void {
    if (entry.kind !== "delivered") return;
    for (const parentId of this.#leaseOf(entry.shardId)?.parentShardIds ?? []) {
      const parent = this.#leaseOf(parentId);
      if (parent === undefined || comparePositions(parent.checkpoint, SHARD_END) === 0) continue;
      throw new BrokenInvariant(this.name, `${entry.shardId} is read, ${parentId} is not done`);
    }
  }
}
