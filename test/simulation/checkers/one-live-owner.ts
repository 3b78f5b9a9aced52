// Whoever delivers a record has the shard's lease at that moment, in the epoch of the table. One of ours from whom a worker
// of the KCL has stolen it may not have heard of that yet; how long it may go on is DeliveryUnderLease's to see. The
// KCL's own workers deliver until they hear of it.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

export class OneLiveOwner implements Checker {
  readonly name = "one live owner";
  readonly sights = {
    delivered: (entry: EntryOf<"delivered">): void => this.#see(entry),
    table: (entry: EntryOf<"table">): void => this.#seeWrite(entry),
  };
  readonly #leaseOf: (shardId: string) => Lease | undefined;
  /** By process and shard: the epoch in which the KCL has stolen the lease. */
  readonly #robbedIn = new Map<string, number>();

  constructor(leaseOf: (shardId: string) => Lease | undefined) {
    this.#leaseOf = leaseOf;
  }

  #see({ epoch, process, shardId }: EntryOf<"delivered">): void {
    if (isOfKcl(process)) return;
    const lease = this.#leaseOf(shardId);
    const owner = lease?.owner;
    if (owner === process && lease?.epoch === epoch) return;
    if (this.#robbedIn.get(nameOf(shardId, process)) === epoch) return;
    const owned = `whose owner is ${owner ?? "nobody"} in epoch ${lease?.epoch}`;
    const what = `${process} delivers from ${shardId} in epoch ${epoch}, ${owned}`;
    throw new BrokenInvariant(this.name, what, process, ...(owner === undefined ? [] : [owner]));
  }

  #seeWrite({ after, before, key, process }: EntryOf<"table">): void {
    const isTheft = isOfKcl(process) && after?.owner === process && before?.owner !== process;
    if (!isTheft || before?.owner === undefined) return;
    this.#robbedIn.set(nameOf(key, before.owner), before.epoch);
  }
}

function nameOf(key: string, process: string): string {
  return `${key} of ${process}`;
}
