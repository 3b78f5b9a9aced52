// L1: once the faults are over, a lease that is to be read does not rest: within a failover time and a few passes its owner
// renews it or another takes it, and what was given up is taken sooner (L8). A shard whose parents are not done waits for them.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";
import type { RunningWorkers } from "../evidence/running-workers.ts";
import { isEnded, readerOf } from "./lease-facts.ts";

/** A failover time of 10 s, the pass that saw the last renewal, a quarter of that later, another that takes, and their calls. */
const SILENT_MS = 18_000;
/** What nobody owns: two passes, and their calls. */
const FREE_MS = 8000;

export interface TableView {
  readonly leases: () => readonly Lease[];
  readonly leaseOf: (shardId: string) => Lease | undefined;
  readonly nowMs: () => number;
}

export class OwnedAgain implements Checker {
  readonly name = "owned again";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };
  readonly #view: TableView;
  readonly #workers: RunningWorkers;
  /** Since when a lease has stood as it does, or could not be read before. */
  readonly #sinceMs = new Map<string, number>();

  constructor(view: TableView, workers: RunningWorkers) {
    this.#view = view;
    this.#workers = workers;
  }

  look(): void {
    const nowMs = this.#view.nowMs();
    const { calmSinceMs } = this.#workers;
    if (nowMs < calmSinceMs + FREE_MS) return;
    for (const lease of this.#view.leases()) {
      if (isEnded(lease) || !this.#mayBeRead(lease)) continue;
      const sinceMs = Math.max(calmSinceMs, this.#sinceMs.get(lease.key) ?? 0);
      const owner = readerOf(lease);
      if (nowMs - sinceMs <= (owner === undefined ? FREE_MS : SILENT_MS)) continue;
      const seconds = Math.round((nowMs - sinceMs) / 1000);
      const what = `${lease.key}, of ${owner ?? "nobody"}, has rested for ${seconds} s`;
      throw new BrokenInvariant(this.name, what, ...this.#workers.names);
    }
  }

  #see({ after, atMs, before, key }: EntryOf<"table">): void {
    if (after === undefined) this.#sinceMs.delete(key);
    else if (before?.counter !== after.counter) this.#sinceMs.set(key, atMs);
    if (after !== undefined && !isEnded(after)) return;
    // From here on its children may be read.
    for (const child of this.#view.leases()) {
      if (child.parentShardIds.includes(key)) this.#sinceMs.set(child.key, atMs);
    }
  }

  #mayBeRead({ parentShardIds }: Lease): boolean {
    return parentShardIds.every((parentId) => {
      const parent = this.#view.leaseOf(parentId);
      return parent === undefined || isEnded(parent);
    });
  }
}
