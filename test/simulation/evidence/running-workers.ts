// Which workers run, and since when it is calm: for what is to happen within some time once nothing disturbs it.
import type { Checker, EntryOf } from "./journal.ts";

/** A worker's first calls are made, and it has looked at the lease table, within this time. */
const START_MS = 5000;

/** Kept up to date by a journal. */
export class RunningWorkers implements Checker {
  readonly name = "running workers";
  readonly sights = {
    life: (entry: EntryOf<"life">): void => this.#note(entry),
    phase: ({ atMs, phase }: EntryOf<"phase">): void => {
      if (phase === "healed") this.#healedAtMs = atMs;
      if (phase === "ending") this.#healedAtMs = Number.POSITIVE_INFINITY;
    },
  };
  readonly #isWorker: (process: string) => boolean;
  /** Since when each is up and running; later than now while it stands still. */
  readonly #runningSinceMs = new Map<string, number>();
  #healedAtMs = Number.POSITIVE_INFINITY;

  constructor(isWorker: (process: string) => boolean) {
    this.#isWorker = isWorker;
  }

  /** Those that are there to stay. */
  get names(): readonly string[] {
    return [...this.#runningSinceMs.keys()];
  }

  /** Since then there have been no faults, and at least one worker has been up; later than now, or Infinity, if it is not so. */
  get calmSinceMs(): number {
    return Math.max(this.#healedAtMs, Math.min(...this.#runningSinceMs.values()));
  }

  #note({ atMs, forMs, process, what }: EntryOf<"life">): void {
    if (!this.#isWorker(process)) return;
    const sinceMs = this.#runningSinceMs.get(process);
    if (what === "started") this.#runningSinceMs.set(process, atMs + START_MS);
    else if (what !== "paused") this.#runningSinceMs.delete(process);
    else if (sinceMs !== undefined)
      this.#runningSinceMs.set(process, Math.max(sinceMs, atMs + forMs));
  }
}
