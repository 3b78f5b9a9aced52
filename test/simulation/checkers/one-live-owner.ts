// Whoever delivers a record has the shard's lease at that moment.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";

export class OneLiveOwner implements Checker {
  readonly name = "one live owner";
  readonly sights = { delivered: (entry: EntryOf<"delivered">): void => this.#see(entry) };
  readonly #leaseOf: (shardId: string) => Lease | undefined;

  constructor(leaseOf: (shardId: string) => Lease | undefined) {
    this.#leaseOf = leaseOf;
  }

  #see({ process, shardId }: EntryOf<"delivered">): void {
    const owner = this.#leaseOf(shardId)?.owner;
    if (owner === process) return;
    const what = `${process} delivers from ${shardId}, whose owner is ${owner ?? "nobody"}`;
    throw new BrokenInvariant(this.name, what, process, ...(owner === undefined ? [] : [owner]));
  }
}
