// A shard's first record is delivered only when the leases of its parents are at their end, or gone.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";
import { isEnded } from "./lease-facts.ts";

export class ParentBeforeChild implements Checker {
  readonly name = "parent before child";
  readonly sights = { delivered: (entry: EntryOf<"delivered">): void => this.#see(entry) };
  readonly #leaseOf: (shardId: string) => Lease | undefined;

  constructor(leaseOf: (shardId: string) => Lease | undefined) {
    this.#leaseOf = leaseOf;
  }

  #see({ process, shardId }: EntryOf<"delivered">): void {
    for (const parentId of this.#leaseOf(shardId)?.parentShardIds ?? []) {
      const parent = this.#leaseOf(parentId);
      if (parent === undefined || isEnded(parent)) continue;
      const what = `${shardId} is read, ${parentId} is not done`;
      throw new BrokenInvariant(this.name, what, process);
    }
  }
}
