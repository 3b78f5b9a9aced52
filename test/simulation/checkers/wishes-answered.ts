// L5: once the faults are over, who asks for a lease gets it or takes the wish back: a wish that nobody heeds turns into a
// take after 30 s, and one of a worker that is no more is answered all the same.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";
import type { RunningWorkers } from "../evidence/running-workers.ts";

/** The time after which a wish turns into a take, the pass that finds it due, and its calls. */
const ANSWERED_MS = 36_000;

export class WishesAnswered implements Checker {
  readonly name = "wishes answered";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };
  readonly #nowMs: () => number;
  readonly #workers: RunningWorkers;
  /** By lease: who asks for it, and since when. */
  readonly #wishes = new Map<string, { readonly by: string; readonly sinceMs: number }>();

  constructor(nowMs: () => number, workers: RunningWorkers) {
    this.#nowMs = nowMs;
    this.#workers = workers;
  }

  look(): void {
    const calmMs = this.#nowMs() - this.#workers.calmSinceMs;
    if (calmMs <= ANSWERED_MS) return;
    for (const [key, { by, sinceMs }] of this.#wishes) {
      const forMs = Math.min(calmMs, this.#nowMs() - sinceMs);
      if (forMs <= ANSWERED_MS) continue;
      const what = `${by} has asked for ${key} for ${Math.round(forMs / 1000)} s`;
      throw new BrokenInvariant(this.name, what, by, ...this.#workers.names);
    }
  }

  #see({ after, atMs, key }: EntryOf<"table">): void {
    const by = wisherOf(after);
    if (by === undefined) this.#wishes.delete(key);
    else if (this.#wishes.get(key)?.by !== by) this.#wishes.set(key, { by, sinceMs: atMs });
  }
}

/** Whoever has it has got what was asked for. */
function wisherOf(lease: Lease | undefined): string | undefined {
  return lease?.wantedBy === lease?.owner ? undefined : lease?.wantedBy;
}
