// L8: a worker that is told to stop has ended within its time to drain and the second that it has to give its leases up,
// whatever its handlers do and whatever the services fail. While it stands still its time stands still.
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";
import { DRAIN_MS } from "../evidence/handling.ts";

/** What the consumer adds for the leases of shards whose handlers did not return. */
const GRACE_MS = 1000;
/** A process's clock may be slower than the world's by a hundredth, and rounds. */
const BOUND_MS = (DRAIN_MS + GRACE_MS) * 1.02;

export class Drained implements Checker {
  readonly name = "drained";
  readonly sights = { life: (entry: EntryOf<"life">): void => this.#note(entry) };
  readonly #nowMs: () => number;
  /** Until when each that is told to stop has to have ended. */
  readonly #deadlines = new Map<string, number>();
  /** Until when each stands still that does. */
  readonly #thaws = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  look(): void {
    for (const process of this.#deadlines.keys()) this.#check(process, this.#nowMs());
  }

  #note({ atMs, forMs, process, what }: EntryOf<"life">): void {
    const deadline = this.#deadlines.get(process);
    if (what === "paused") {
      this.#thaws.set(process, Math.max(this.#thaws.get(process) ?? 0, atMs + forMs));
      if (deadline !== undefined) this.#deadlines.set(process, deadline + forMs);
    } else if (what === "told to stop") {
      this.#deadlines.set(process, Math.max(atMs, this.#thaws.get(process) ?? 0) + BOUND_MS);
    } else {
      if (what === "stopped") this.#check(process, atMs);
      this.#deadlines.delete(process);
      this.#thaws.delete(process);
    }
  }

  #check(process: string, atMs: number): void {
    const overdueMs = atMs - (this.#deadlines.get(process) ?? Number.POSITIVE_INFINITY);
    if (overdueMs <= 0) return;
    const what = `${process} is ${Math.round(overdueMs)} ms over its time to drain`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
