// Which workers run, and since when it is calm: for what is to happen within some time once nothing disturbs it.
import type { Checker } from "./journal.ts";
import type { EntryOf } from "./journal-entry.ts";
import { Thaws } from "./thaws.ts";

/** A worker's first calls are made, and it has looked at the lease table, within this time. */
const START_MS = 5000;
/** After the last fault a call that got lost is given up within this time, and what it had failed is begun again. */
const RECOVERY_MS = 5000;

/** Kept up to date by a journal. */
export class RunningWorkers implements Checker {
  readonly name = "running workers";
  readonly sights = {
    life: (entry: EntryOf<"life">): void => this.#note(entry),
    phase: ({ atMs, phase }: EntryOf<"phase">): void => {
      if (phase === "healed") this.#recoveredAtMs = atMs + RECOVERY_MS;
      if (phase === "ending") this.#recoveredAtMs = Number.POSITIVE_INFINITY;
      this.#count();
    },
  };
  readonly #isWorker: (process: string) => boolean;
  /** Since when each is up and running; later than now while it stands still. */
  readonly #runningSinceMs = new Map<string, number>();
  readonly #leaving = new Set<string>();
  readonly #thaws = new Thaws();
  #newestAtMs = Number.NEGATIVE_INFINITY;
  #recoveredAtMs = Number.POSITIVE_INFINITY;
  #calmSinceMs = Number.POSITIVE_INFINITY;

  constructor(isWorker: (process: string) => boolean) {
    this.#isWorker = isWorker;
  }

  /** Those that are there to stay. */
  get names(): readonly string[] {
    return [...this.#runningSinceMs.keys()];
  }

  /** Since then there have been no faults, and at least one worker has been up; later than now, or Infinity, if it is not so. */
  get calmSinceMs(): number {
    return this.#calmSinceMs;
  }

  /** When the last one that began did so: it has a share from then on, and has seen nobody's silence before. */
  get newestAtMs(): number {
    return this.#newestAtMs;
  }

  /** Whether a worker is there to stay, and does not stand still. */
  isUp(process: string, atMs: number): boolean {
    return (this.#runningSinceMs.get(process) ?? Number.POSITIVE_INFINITY) <= atMs;
  }

  /** Whether it was told to stop, and is at it. */
  isLeaving(process: string): boolean {
    return this.#leaving.has(process);
  }

  #note(entry: EntryOf<"life">): void {
    const { atMs, process, what } = entry;
    if (!this.#isWorker(process)) return;
    this.#thaws.note(entry);
    if (what === "told to stop") this.#leaving.add(process);
    else if (what !== "paused") this.#leaving.delete(process);
    const sinceMs = this.#runningSinceMs.get(process);
    if (what === "started") this.#newestAtMs = atMs;
    if (what === "started") this.#runningSinceMs.set(process, atMs + START_MS);
    else if (what !== "paused") this.#runningSinceMs.delete(process);
    else if (sinceMs !== undefined)
      this.#runningSinceMs.set(process, Math.max(sinceMs, this.#thaws.untilMs(process)));
    this.#count();
  }

  #count(): void {
    this.#calmSinceMs = Math.max(this.#recoveredAtMs, Math.min(...this.#runningSinceMs.values()));
  }
}
