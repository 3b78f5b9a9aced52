// When everything has been stopped nothing is left: no timer, no promise of a put, no owned
// lease. What a producer that was killed had not been told stays unknown. The KCL leaves its name in its leases.
import type { Lease } from "@shardline/consumer";
import type { VirtualClock } from "@shardline/core/testing";
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

export class QuietEnd implements Checker {
  readonly name = "quiet at the end";
  readonly sights = {
    put: ({ process }: EntryOf<"put">): void => this.#count(process, 1),
    stored: ({ process }: EntryOf<"stored">): void => this.#count(process, -1),
    failed: ({ process }: EntryOf<"failed">): void => this.#count(process, -1),
  };
  readonly #clock: VirtualClock;
  readonly #leases: () => readonly Lease[];
  /** Puts without an outcome, by producer. */
  readonly #unsettled = new Map<string, number>();
  readonly #isAlive: (process: string) => boolean;

  constructor(
    clock: VirtualClock,
    leases: () => readonly Lease[],
    isAlive: (process: string) => boolean,
  ) {
    this.#isAlive = isAlive;
    this.#clock = clock;
    this.#leases = leases;
  }

  atEnd(): void {
    const { pendingTimers } = this.#clock;
    if (pendingTimers > 0) throw new BrokenInvariant(this.name, `${pendingTimers} timers are left`);
    for (const [process, puts] of this.#unsettled) {
      if (puts === 0 || !this.#isAlive(process)) continue;
      throw new BrokenInvariant(this.name, `${puts} puts of ${process} are not settled`, process);
    }
    for (const { key, owner } of this.#leases()) {
      if (owner === undefined || isOfKcl(owner)) continue;
      throw new BrokenInvariant(this.name, `${key} is still owned by ${owner}`);
    }
  }

  #count(process: string, by: 1 | -1): void {
    this.#unsettled.set(process, (this.#unsettled.get(process) ?? 0) + by);
  }
}
