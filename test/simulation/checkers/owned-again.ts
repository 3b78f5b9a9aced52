// L1: once the faults are over, a lease that is to be read does not rest: within a failover time and a few passes its owner
// renews it or another takes it, and what was given up is taken sooner (L8). A shard whose parents are not done waits for them.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { Lineage } from "../evidence/lineage.ts";
import type { RunningWorkers } from "../evidence/running-workers.ts";
import { isEnded, readerOf } from "./lease-facts.ts";
import { atMost, type LeasePace, passesMs } from "./lease-pace.ts";

export interface TableView {
  readonly leases: () => readonly Lease[];
  readonly leaseOf: (shardId: string) => Lease | undefined;
  readonly lineage: Lineage;
  readonly nowMs: () => number;
  /** Since when its stream is read by all who run; later than now if it is not. */
  readonly readSinceMs: (key: string) => number;
}

const NEVER = Number.POSITIVE_INFINITY;

export class OwnedAgain implements Checker {
  readonly name = "owned again";
  readonly sights = {
    table: (entry: EntryOf<"table">): void => this.#see(entry),
    life: (): void => this.#lookAgain(),
    phase: (): void => this.#lookAgain(),
  };
  /** No lease is to be taken or renewed before. */
  dueAtMs = NEVER;
  readonly #view: TableView;
  readonly #workers: RunningWorkers;
  /** What nobody owns is taken in the first pass that sees it. */
  readonly #freeMs: number;
  /** From the last renewal to the look that shows it, then a failover time, and the look that finds it over. */
  readonly #silentMs: number;
  /** Since when a lease has stood as it does, or could not be read before. */
  readonly #sinceMs = new Map<string, number>();
  /** Until then somebody had a share who does not take it. */
  #strayUntilMs = Number.NEGATIVE_INFINITY;
  /** Until then somebody had a share who was about to leave. */
  #leavingUntilMs = Number.NEGATIVE_INFINITY;

  constructor(view: TableView, workers: RunningWorkers, pace: LeasePace) {
    this.#view = view;
    this.#workers = workers;
    this.#freeMs = pace.maxStaleMs + passesMs(1, pace);
    this.#silentMs = atMost(pace.failoverMs) + pace.maxStaleMs + passesMs(2, pace);
  }

  look(): void {
    this.dueAtMs = NEVER;
    if (this.#workers.calmSinceMs === NEVER) return;
    const nowMs = this.#view.nowMs();
    const leases = this.#view.leases();
    for (const lease of leases) this.#noteStrays(lease, nowMs);
    for (const lease of leases) {
      this.#check(lease, nowMs);
      this.dueAtMs = Math.min(this.dueAtMs, this.#dueAtMsOf(lease));
    }
  }

  #see(entry: EntryOf<"table">): void {
    const { after, atMs, before, key } = entry;
    const hasMoved = isMoved(entry);
    if (before !== undefined) {
      this.#noteStrays(before, atMs);
      for (const lease of hasMoved ? this.#view.leases() : []) this.#noteStrays(lease, atMs);
      if (hasMoved) this.#check(before, atMs);
    }
    if (after === undefined) this.#sinceMs.delete(key);
    else if (hasMoved) this.#sinceMs.set(key, atMs);
    if (isToRead(before) && !isToRead(after)) this.#freeChildren(before, atMs);
    this.#lookAgain();
  }

  /** From here on its children may be read. */
  #freeChildren({ shardId }: Lease, atMs: number): void {
    for (const child of this.#view.leases()) {
      if (this.#view.lineage.parentIdsOf(child.shardId).includes(shardId))
        this.#sinceMs.set(child.key, atMs);
    }
  }

  #check(lease: Lease, atMs: number): void {
    if (atMs <= this.#dueAtMsOf(lease)) return;
    const seconds = ((atMs - this.#restsSinceMs(lease)) / 1000).toFixed(1);
    const what = `${lease.key}, of ${readerOf(lease) ?? "nobody"}, has rested for ${seconds} s`;
    throw new BrokenInvariant(this.name, what, ...this.#workers.names);
  }

  #dueAtMsOf(lease: Lease): number {
    if (isEnded(lease) || !this.#mayBeRead(lease)) return NEVER;
    const mayRestMs = readerOf(lease) === undefined ? this.#freeMs : this.#silentMs;
    return this.#restsSinceMs(lease) + mayRestMs;
  }

  #restsSinceMs(lease: Lease): number {
    const isFree = readerOf(lease) === undefined;
    return Math.max(
      this.#workers.calmSinceMs,
      this.#view.readSinceMs(lease.key),
      this.#sinceMs.get(lease.key) ?? 0,
      isFree ? this.#strayUntilMs : this.#leavingUntilMs,
      // The part that is left to one that has just begun is silent as soon as that one has seen it so.
      isFree ? 0 : this.#workers.newestAtMs,
    );
  }

  /**
   * Who is no more, stands still or is about to leave counts as long as a lease or a wish is his, and the others take no more
   * than their shares. The leases of those who are no more run out together; who leaves renews his until he gives them up.
   */
  #noteStrays(lease: Lease, atMs: number): void {
    for (const worker of [readerOf(lease), lease.wantedBy]) {
      if (worker === undefined || this.#workers.isUp(worker, atMs)) continue;
      this.#strayUntilMs = atMs;
      if (this.#workers.isLeaving(worker)) this.#leavingUntilMs = atMs;
    }
  }

  #mayBeRead({ shardId }: Lease): boolean {
    return this.#view.lineage.parentIdsOf(shardId).every((id) => !isToRead(this.#view.leaseOf(id)));
  }

  #lookAgain(): void {
    this.dueAtMs = Number.NEGATIVE_INFINITY;
  }
}

function isToRead(lease: Lease | undefined): lease is Lease {
  return lease !== undefined && !isEnded(lease);
}

/** Whether a write gives a lease to somebody else, or is its owner's own. */
function isMoved({ after, before, process }: EntryOf<"table">): boolean {
  const owner = readerOf(after);
  const isRenewal = owner === process && before?.counter !== after?.counter;
  return isRenewal || owner !== readerOf(before) || before === undefined;
}
