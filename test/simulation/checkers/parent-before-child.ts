// S7: a shard's records are delivered only when the leases of its parents, as the stream has them, are at their end, or gone.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { Lineage } from "../evidence/lineage.ts";
import { isEnded } from "./lease-facts.ts";

export class ParentBeforeChild implements Checker {
  readonly name = "parent before child";
  readonly sights = { delivered: (entry: EntryOf<"delivered">): void => this.#see(entry) };
  readonly #lineage: Lineage;
  readonly #leaseOf: (shardId: string) => Lease | undefined;

  constructor(lineage: Lineage, leaseOf: (shardId: string) => Lease | undefined) {
    this.#lineage = lineage;
    this.#leaseOf = leaseOf;
  }

  #see({ process, shardId }: EntryOf<"delivered">): void {
    for (const parentId of this.#lineage.parentIdsOf(shardId)) {
      const parent = this.#leaseOf(parentId);
      if (parent === undefined || isEnded(parent)) continue;
      const what = `${shardId} is read, ${parentId} is not done`;
      throw new BrokenInvariant(this.name, what, process);
    }
  }
}
