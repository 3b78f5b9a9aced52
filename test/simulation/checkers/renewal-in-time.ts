// A lease that was not renewed within the failover time, by its owner's own clock, is not renewed any more: others may
// take it from then on, and it is to be taken anew. The KCL has its own way with that.
import type { LeaseMove } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

export class RenewalInTime implements Checker {
  readonly name = "renewal in time";
  readonly sights = {
    asked: (entry: EntryOf<"asked">): void => this.#seeAsked(entry),
    table: (entry: EntryOf<"table">): void => this.#seeTable(entry),
  };
  readonly #failoverMs: number;
  /** When, by its owner's clock, the write was sent that last made a lease its own. */
  readonly #ownSinceMs = new Map<string, number>();

  constructor(failoverMs: number) {
    this.#failoverMs = failoverMs;
  }

  #seeAsked({ key, localMs, move, process }: EntryOf<"asked">): void {
    if (isOfKcl(process) || !isRenewal(move, process)) return;
    const ownSinceMs = this.#ownSinceMs.get(`${process} ${key}`);
    if (ownSinceMs === undefined || localMs < ownSinceMs + this.#failoverMs) return;
    const lateMs = Math.round(localMs - ownSinceMs - this.#failoverMs);
    const what = `${process} renews ${key} ${lateMs} ms after its time was over`;
    throw new BrokenInvariant(this.name, what, process);
  }

  #seeTable({ after, before, key, process, sentAtMs }: EntryOf<"table">): void {
    // A notice leaves the counter alone, and makes no lease its writer's own: it may come late.
    const isOwn = after?.owner === process && after.counter !== before?.counter;
    if (!isOwn || sentAtMs === undefined) return;
    this.#ownSinceMs.set(`${process} ${key}`, sentAtMs);
  }
}

/** A lease is taken in a new epoch, and given up to another owner. */
function isRenewal({ expect, patch }: LeaseMove, process: string): boolean {
  return expect.owner === process && patch.epoch === undefined && patch.owner === undefined;
}
