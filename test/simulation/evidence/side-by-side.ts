// What each of our workers has taken up of a shard under its latest lease, and what of it is not done, where handlers work
// side by side: records are taken up in the order of the shard, so that whatever lies before one that was delivered is.
import type { Checker } from "./journal.ts";
import type { EntryOf } from "./journal-entry.ts";
import type { StoredRecord, StoredRecords } from "./stored-records.ts";
import type { Handling } from "./handling.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

/** A record that is taken up and not done. */
export interface UndoneRecord {
  readonly stored: StoredRecord;
  /** How many were taken up before. */
  readonly ordinal: number;
}

/** A process's work on a shard under its latest lease; places in the shard. */
export interface ShardWork {
  readonly epoch: number;
  /** Of the first that was delivered. */
  readonly from: number;
  /** Everything before is taken up. */
  next: number;
  /** Records that were taken up. */
  taken: number;
  /** By place, in order. */
  readonly undone: Map<number, UndoneRecord>;
  /** Of their data. */
  undoneBytes: number;
  /** The place behind the last one that is done. */
  doneUpTo: number;
  /** The first of those that were done at the latest moment at which any was, and that moment. */
  justDone: { readonly from: number; readonly atMs: number };
  /** Calls that have not ended, or have just ended. */
  readonly calls: Map<number, { readonly from: number; leftAtMs: number }>;
}

const NEVER = Number.POSITIVE_INFINITY;

/** Kept up to date by a journal; what checkers compare with. */
export class SideBySide implements Checker {
  readonly name = "side by side";
  readonly sights = {
    delivered: (entry: EntryOf<"delivered">): void => this.#takeUp(entry),
    handled: (entry: EntryOf<"handled">): void => this.#pass(entry),
    left: (entry: EntryOf<"left">): void => this.#leave(entry),
  };
  readonly #stored: StoredRecords;
  readonly #handling: Handling;
  readonly #works = new Map<string, ShardWork>();

  constructor(stored: StoredRecords, handling: Handling) {
    this.#stored = stored;
    this.#handling = handling;
  }

  /** The latest of a process on a shard. */
  workOf(process: string, shardId: string): ShardWork | undefined {
    return this.#works.get(nameOf(process, shardId));
  }

  /** The last record up to which the worker knew before some moment that all is done; `undefined` if there is none. */
  knownDone(process: string, shardId: string, atMs: number): StoredRecord | undefined {
    const work = this.workOf(process, shardId);
    if (work === undefined) return undefined;
    const [firstUndone = work.next] = work.undone.keys();
    let end = Math.min(work.next, firstUndone);
    if (work.justDone.atMs >= atMs) end = Math.min(end, work.justDone.from);
    for (const { from, leftAtMs } of work.calls.values())
      if (leftAtMs >= atMs) end = Math.min(end, from);
    const inOrder = this.#stored.ofShard(shardId);
    for (let at = end - 1; at >= work.from; at -= 1) if (inOrder[at]?.isInRange) return inOrder[at];
    return undefined;
  }

  #takeUp({ call, epoch, position, process, shardId }: EntryOf<"delivered">): void {
    const at = this.#stored.at(shardId, position);
    if (at === undefined || isOfKcl(process)) return;
    const work = this.#workUnder(epoch, process, shardId, at.index);
    if (!work.calls.has(call)) work.calls.set(call, { from: at.index, leftAtMs: NEVER });
    for (; work.next <= at.index; work.next += 1) {
      const stored = this.#stored.ofShard(shardId)[work.next];
      if (stored?.isInRange !== true) continue;
      work.undone.set(work.next, { stored, ordinal: work.taken });
      work.undoneBytes += stored.bytes;
      work.taken += 1;
    }
  }

  #workUnder(epoch: number, process: string, shardId: string, index: number): ShardWork {
    const known = this.workOf(process, shardId);
    if (known?.epoch === epoch) return known;
    const undone = new Map<number, UndoneRecord>();
    const calls: ShardWork["calls"] = new Map();
    const justDone = { from: index, atMs: 0 };
    const work = {
      epoch,
      from: index,
      next: index,
      taken: 0,
      undone,
      undoneBytes: 0,
      doneUpTo: index,
      justDone,
      calls,
    };
    this.#works.set(nameOf(process, shardId), work);
    return work;
  }

  #leave({ atMs, call, process, shardId }: EntryOf<"left">): void {
    const calls = this.workOf(process, shardId)?.calls;
    for (const [each, { leftAtMs }] of calls ?? []) if (leftAtMs < atMs) calls?.delete(each);
    const left = calls?.get(call);
    if (left !== undefined) left.leftAtMs = atMs;
  }

  /** What is done when the worker waits no more is not done under its lease. */
  #pass(entry: EntryOf<"handled">): void {
    const { positions, process, shardId } = entry;
    const work = this.workOf(process, shardId);
    if (work === undefined || this.#handling.hasWaited(entry)) return;
    for (const position of positions) {
      const stored = this.#stored.at(shardId, position);
      if (stored === undefined || !work.undone.delete(stored.index)) continue;
      work.undoneBytes -= stored.bytes;
      work.doneUpTo = Math.max(work.doneUpTo, stored.index + 1);
      const { atMs, from } = work.justDone;
      work.justDone = {
        from: atMs === entry.atMs ? Math.min(from, stored.index) : stored.index,
        atMs: entry.atMs,
      };
    }
  }
}

function nameOf(process: string, shardId: string): string {
  return `${process} ${shardId}`;
}
