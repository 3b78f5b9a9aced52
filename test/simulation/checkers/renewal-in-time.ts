// A lease that was not renewed within the failover time, by its owner's own clock, is not renewed any more: others may
// take it from then on, and it is to be taken anew. The KCL has its own way with that.
import type { LeaseMove } from "@shardline/consumer";
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

/** The latest write of a process to a lease, of those with one counter. */
interface Asked {
  readonly counter: number;
  readonly localMs: number;
}

export class RenewalInTime implements Checker {
  readonly name = "renewal in time";
  readonly sights = {
    asked: (entry: EntryOf<"asked">): void => this.#seeAsked(entry),
    table: (entry: EntryOf<"table">): void => this.#seeTable(entry),
  };
  readonly #failoverMs: number;
  readonly #asked = new Map<string, Asked[]>();
  /** When, by its owner's clock, the write was sent that last made a lease its own. */
  readonly #ownSinceMs = new Map<string, number>();

  constructor(failoverMs: number) {
    this.#failoverMs = failoverMs;
  }

  #seeAsked({ key, localMs, move, process }: EntryOf<"asked">): void {
    if (isOfKcl(process)) return;
    const name = `${process} ${key}`;
    const { counter } = move.patch;
    const ownSinceMs = this.#ownSinceMs.get(name);
    const lateMs = ownSinceMs === undefined ? 0 : localMs - ownSinceMs - this.#failoverMs;
    if (isRenewal(move, process) && lateMs >= 0) {
      const what = `${process} renews ${key} ${Math.round(lateMs)} ms after its time was over`;
      throw new BrokenInvariant(this.name, what, process);
    }
    if (counter === undefined) return;
    const others = (this.#asked.get(name) ?? []).filter((one) => one.counter !== counter);
    this.#asked.set(name, [...others, { counter, localMs }]);
  }

  #seeTable({ after, key, process }: EntryOf<"table">): void {
    if (after?.owner !== process) return;
    const name = `${process} ${key}`;
    const asked = this.#asked.get(name)?.find(({ counter }) => counter === after.counter);
    if (asked === undefined) return;
    this.#ownSinceMs.set(name, asked.localMs);
    this.#asked.delete(name);
  }
}

/** A lease is taken in a new epoch, and given up to another owner. */
function isRenewal({ expect, patch }: LeaseMove, process: string): boolean {
  return expect.owner === process && patch.epoch === undefined && patch.owner === undefined;
}
