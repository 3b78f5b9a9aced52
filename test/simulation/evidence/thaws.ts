// Until when each process stands still that does.
import type { EntryOf } from "./journal-entry.ts";

/** Told of all that befalls processes. */
export class Thaws {
  readonly #untilMs = new Map<string, number>();

  /** When it goes on, or last went on; that of one that never stood still lies before everything. */
  untilMs(process: string): number {
    return this.#untilMs.get(process) ?? Number.NEGATIVE_INFINITY;
  }

  /** For how much longer it stands still than was known before. */
  note({ atMs, forMs, process, what }: EntryOf<"life">): number {
    // Another may have borne its name.
    if (what === "started") this.#untilMs.delete(process);
    if (what !== "paused") return 0;
    const sinceMs = Math.max(atMs, this.untilMs(process));
    const longerMs = Math.max(0, atMs + forMs - sinceMs);
    this.#untilMs.set(process, sinceMs + longerMs);
    return longerMs;
  }
}
