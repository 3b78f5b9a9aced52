// L6: left alone, the workers come to equal shares, one more or less, and then no lease moves any more. A worker that stood
// still for longer than its leases lived, and went on, is among those that have their share again (L11).
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { RunningWorkers } from "../evidence/running-workers.ts";
import { isEnded, readerOf } from "./lease-facts.ts";

export class Balance implements Checker {
  readonly name = "balance";
  readonly sights = {
    table: (entry: EntryOf<"table">): void => this.#see(entry),
    phase: ({ phase }: EntryOf<"phase">): void => {
      if (phase === "settled" || phase === "ending") this.#compare();
      this.#isSettled = phase === "settled";
    },
  };
  readonly #leases: () => readonly Lease[];
  readonly #workers: RunningWorkers;
  #isSettled = false;

  constructor(leases: () => readonly Lease[], workers: RunningWorkers) {
    this.#leases = leases;
    this.#workers = workers;
  }

  #see({ after, before, key, process }: EntryOf<"table">): void {
    const [from, to] = [readerOf(before), readerOf(after)];
    if (!this.#isSettled || from === to) return;
    const what = `${key} goes from ${from ?? "nobody"} to ${to ?? "nobody"}, though nothing is to move`;
    throw new BrokenInvariant(this.name, what, process, ...this.#workers.names);
  }

  #compare(): void {
    const counts = new Map(this.#workers.names.map((name) => [name, 0]));
    for (const lease of this.#leases()) {
      const owner = readerOf(lease);
      if (isEnded(lease) || owner === undefined) continue;
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    const shares = [...counts.values()];
    if (Math.max(...shares) - Math.min(...shares) <= 1) return;
    const text = [...counts].map(([name, share]) => `${name} has ${share}`).join(", ");
    throw new BrokenInvariant(this.name, text, ...counts.keys());
  }
}
