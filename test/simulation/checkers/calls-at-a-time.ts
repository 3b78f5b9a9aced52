// At most so many handlers of a worker are at work for a shard as `concurrency` says: one, unless it says more. One that
// hangs beyond the end of a lease is still at work, so nothing of the next lease is handed out beside it.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

export class CallsAtATime implements Checker {
  readonly name = "calls at a time";
  readonly sights = {
    // Another may have borne its name.
    life: ({ process, what }: EntryOf<"life">): void => {
      if (what === "started") this.#calls.delete(process);
    },
    delivered: (entry: EntryOf<"delivered">): void => this.#begin(entry),
    left: ({ call, process, shardId }: EntryOf<"left">): void => {
      this.#calls.get(process)?.get(shardId)?.delete(call);
    },
  };
  readonly #concurrency: number;
  /** By process and shard: those that have not ended. */
  readonly #calls = new Map<string, Map<string, Set<number>>>();

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  #begin({ call, isFirst, process, shardId }: EntryOf<"delivered">): void {
    if (!isFirst || isOfKcl(process)) return;
    const ofProcess = this.#calls.get(process) ?? new Map<string, Set<number>>();
    this.#calls.set(process, ofProcess);
    const calls = ofProcess.get(shardId) ?? new Set();
    ofProcess.set(shardId, calls.add(call));
    if (calls.size <= this.#concurrency) return;
    const what = `${process} makes ${calls.size} calls at a time for ${shardId}, of at most ${this.#concurrency}`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
