// When everything has been stopped nothing is left: no timer, no owned lease. The KCL leaves its name in its leases.
import type { Lease } from "@shardline/consumer";
import type { VirtualClock } from "@shardline/core/testing";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

export class QuietEnd implements Checker {
  readonly name = "quiet at the end";
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
      if (owner === undefined || isOfKcl(owner)) continue;
      throw new BrokenInvariant(this.name, `${key} is still owned by ${owner}`);
    }
  }
}
