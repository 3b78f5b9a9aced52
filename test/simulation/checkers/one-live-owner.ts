// Whoever delivers a record has the shard's lease at that moment.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker, type TimedEntry } from "../journal.ts";

export class OneLiveOwner implements Checker {
  readonly name = "one live owner";
  readonly #leaseOf: (shardId: string) => Lease | undefined;

  constructor(leaseOf: (shardId: string) => Lease | undefined) {
    this.#leaseOf = leaseOf;
  }

  see(entry: TimedEntry): void {
    if (entry.kind !== "delivered") return;
    const owner = this.#leaseOf(entry.shardId)?.owner;
    if (owner === entry.worker) return;
    const what = `${entry.worker} delivers from ${entry.shardId}, whose owner is ${owner ?? "nobody"}`;
    throw new BrokenInvariant(this.name, what);
  }
}
