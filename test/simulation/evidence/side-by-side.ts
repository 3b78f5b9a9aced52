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
}

/** Kept up to date by a journal; what checkers compare with. */
export class SideBySide implements Checker {
  readonly name = "side by side";
  readonly sights = {
    delivered: (entry: EntryOf<"delivered">): void => this.#takeUp(entry),
    handled: (entry: EntryOf<"handled">): void => this.#pass(entry),
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

  #takeUp({ epoch, position, process, shardId }: EntryOf<"delivered">): void {
    const at = this.#stored.at(shardId, position);
    if (at === undefined || isOfKcl(process)) return;
    const work = this.#workUnder(epoch, process, shardId, at.index);
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
    const work = { epoch, from: index, next: index, taken: 0, undone, undoneBytes: 0 };
    this.#works.set(nameOf(process, shardId), work);
    return work;
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
    }
  }
}

function nameOf(process: string, shardId: string): string {
  return `${process} ${shardId}`;
}
