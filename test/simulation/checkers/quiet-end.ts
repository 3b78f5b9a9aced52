// When everything has been stopped nothing is left: no timer, no owned lease. The KCL leaves its name in its leases; and who was
// handed a lease while he stopped, and had not heard of it, leaves it to expire.
import type { Lease } from "@shardline/consumer";
import type { VirtualClock } from "@shardline/core/testing";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

export class QuietEnd implements Checker {
  readonly name = "quiet at the end";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };
  /** Keys of leases whose owners have not written to them themselves. */
  readonly #handedOver = new Set<string>();
  readonly #clock: VirtualClock;
  readonly #leases: () => readonly Lease[];

  constructor(clock: VirtualClock, leases: () => readonly Lease[]) {
    this.#clock = clock;
    this.#leases = leases;
  }

  atEnd(): void {
    const { pendingTimers } = this.#clock;
    if (pendingTimers > 0) throw new BrokenInvariant(this.name, `${pendingTimers} timers are left`);
    for (const { key, owner } of this.#leases()) {
      if (owner === undefined || isOfKcl(owner) || this.#handedOver.has(key)) continue;
      throw new BrokenInvariant(this.name, `${key} is still owned by ${owner}`);
    }
  }

  #see({ after, before, key, process }: EntryOf<"table">): void {
    if (after?.owner === process) this.#handedOver.delete(key);
    else if (after?.owner !== before?.owner) this.#handedOver.add(key);
  }
}
