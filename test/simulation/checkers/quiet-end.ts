// When everything has been stopped nothing is left: no timer, no promise of a put, no owned lease.
import type { Lease } from "@shardline/consumer";
import type { VirtualClock } from "@shardline/core/testing";
import { BrokenInvariant, type Checker, type TimedEntry } from "../journal.ts";

export class QuietEnd implements Checker {
  readonly name = "quiet at the end";
  readonly #clock: VirtualClock;
  readonly #leases: () => readonly Lease[];
  #unsettled = 0;

  constructor(clock: VirtualClock, leases: () => readonly Lease[]) {
    this.#clock = clock;
    this.#leases = leases;
  }

  see({ kind }: TimedEntry): void {
    if (kind === "put") this.#unsettled += 1;
    if (kind === "stored" || kind === "failed") this.#unsettled -= 1;
  }

  atEnd(): void {
    const { pendingTimers } = this.#clock;
    if (pendingTimers > 0) throw new BrokenInvariant(this.name, `${pendingTimers} timers are left`);
    if (this.#unsettled !== 0) {
      throw new BrokenInvariant(this.name, `${this.#unsettled} puts are not settled`);
    }
    for (const { key, owner } of this.#leases()) {
      if (owner === undefined) continue;
      throw new BrokenInvariant(this.name, `${key} is still owned by ${owner}`);
    }
  }
}
