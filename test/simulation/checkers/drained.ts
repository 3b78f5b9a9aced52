// L8: a worker that is told to stop has ended within its time to drain and the second that it has to give its leases up,
// whatever its handlers do and whatever the services fail. While it stands still its time stands still. Who is not told to
// stop goes on.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { Thaws } from "../evidence/thaws.ts";

/** What the consumer adds for the leases of shards whose handlers did not return. */
const GRACE_MS = 1000;
/** A process's clock may be slower than the world's by a hundredth, and rounds. */
const DRIFT = 1.02;

export class Drained implements Checker {
  readonly name = "drained";
  readonly sights = { life: (entry: EntryOf<"life">): void => this.#note(entry) };
  readonly #nowMs: () => number;
  readonly #boundMs: number;
  /** Until when each that is told to stop has to have ended. */
  readonly #deadlines = new Map<string, number>();
  readonly #thaws = new Thaws();

  constructor(nowMs: () => number, drainMs: number) {
    this.#nowMs = nowMs;
    this.#boundMs = (drainMs + GRACE_MS) * DRIFT;
  }

  look(): void {
    for (const process of this.#deadlines.keys()) this.#check(process, this.#nowMs());
  }

  atEnd(): void {
    for (const process of this.#deadlines.keys()) {
      throw new BrokenInvariant(
        this.name,
        `${process} was told to stop and has not ended`,
        process,
      );
    }
  }

  #note(entry: EntryOf<"life">): void {
    const { atMs, process, what } = entry;
    const longerMs = this.#thaws.note(entry);
    const deadline = this.#deadlines.get(process);
    if (what === "paused") {
      if (deadline !== undefined) this.#deadlines.set(process, deadline + longerMs);
    } else if (what === "told to stop") {
      this.#deadlines.set(process, Math.max(atMs, this.#thaws.untilMs(process)) + this.#boundMs);
    } else {
      if (what === "stopped") this.#checkEnd(process, atMs);
      this.#deadlines.delete(process);
    }
  }

  #checkEnd(process: string, atMs: number): void {
    if (!this.#deadlines.has(process)) {
      throw new BrokenInvariant(this.name, `${process} has ended and was not told to`, process);
    }
    this.#check(process, atMs);
  }

  #check(process: string, atMs: number): void {
    const overdueMs = atMs - (this.#deadlines.get(process) ?? Number.POSITIVE_INFINITY);
    if (overdueMs <= 0) return;
    const what = `${process} is ${Math.round(overdueMs)} ms over its time to drain`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
