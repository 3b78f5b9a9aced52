// How long our workers truly ran: not while they stood still, and not when they were gone. The measure of how much a
// world has shown.
import { isOurs } from "../fleet/worker-name.ts";
import type { Checker } from "./journal.ts";
import type { EntryOf } from "./journal-entry.ts";

/** Kept up to date by a journal. */
export class WorkTime implements Checker {
  readonly name = "work time";
  readonly sights = { life: (entry: EntryOf<"life">): void => this.#note(entry) };
  /** Until when the time of each is summed up; later than now while it stands still. */
  readonly #summedToMs = new Map<string, number>();
  #sumMs = 0;

  /** The sum of them up to now. */
  untilMs(nowMs: number): number {
    for (const process of this.#summedToMs.keys()) this.#sumUp(process, nowMs);
    return this.#sumMs;
  }

  #note({ atMs, forMs, process, what }: EntryOf<"life">): void {
    if (!isOurs(process) || what === "told to stop") return;
    if (what === "started") {
      this.#summedToMs.set(process, atMs);
      return;
    }
    const toMs = this.#sumUp(process, atMs);
    if (what !== "paused") this.#summedToMs.delete(process);
    // A shorter time of standing still ends no longer one.
    else if (toMs !== undefined) this.#summedToMs.set(process, Math.max(toMs, atMs + forMs));
  }

  /** Answers until when it is, now. */
  #sumUp(process: string, nowMs: number): number | undefined {
    const fromMs = this.#summedToMs.get(process);
    if (fromMs === undefined || fromMs >= nowMs) return fromMs;
    this.#sumMs += nowMs - fromMs;
    this.#summedToMs.set(process, nowMs);
    return nowMs;
  }
}
