// S17: a checkpoint whose promise resolved stands in the table; one whose promise rejected is not written any more. What was
// sent before it rejected may still take effect: a lost answer hides whether it did. So may what was asked for besides. Of one
// without a place it is only known between which it lies: the newest that it may mean, and up to where all was done for sure.
import { comparePositions, type Position } from "@shardline/core";
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { SideBySide } from "../evidence/side-by-side.ts";
import { isSamePlace, placeText } from "./lease-facts.ts";

interface Failed {
  readonly epoch: number;
  readonly position: Position;
}

/** Asked for, and not settled. */
interface Waiting {
  readonly at: Position;
  /** It is to stand there at least. */
  readonly least: Position | undefined;
}

/** Of a lease that was taken, or lost. */
interface TurnNews {
  readonly shardId: string;
  /** Of one that was taken. */
  readonly epoch?: number;
}

export class FailedCheckpoint implements Checker {
  readonly name = "failed checkpoint";
  readonly sights = {
    checkpoint: (entry: EntryOf<"checkpoint">): void => this.#note(entry),
    asked: (entry: EntryOf<"asked">): void => this.#seeWrite(entry),
    lease: (entry: EntryOf<"lease">): void => this.#seeNews(entry),
  };
  readonly #mode: "auto" | "manual";
  readonly #leaseOf: (shardId: string) => Lease | undefined;
  readonly #sideBySide: SideBySide;
  /** By process and shard: the first that failed of those that were not made later. */
  readonly #failed = new Map<string, Failed>();
  /** By process, shard and epoch: what was asked for and has not settled. */
  readonly #waiting = new Map<string, readonly Waiting[]>();
  /** By process and shard: the epoch that it began last, or tried to. */
  readonly #epochs = new Map<string, number>();

  /** By process and shard: the epoch of the lease that it took last, and whether it is one that the lease before it had, too. */
  readonly #taken = new Map<string, { readonly epoch: number; readonly isUsedTwice: boolean }>();

  constructor(
    mode: "auto" | "manual",
    leaseOf: (shardId: string) => Lease | undefined,
    sideBySide: SideBySide,
  ) {
    this.#mode = mode;
    this.#leaseOf = leaseOf;
    this.#sideBySide = sideBySide;
  }

  #note(entry: EntryOf<"checkpoint">): void {
    const { epoch, outcome, position, process, shardId } = entry;
    const id = `${process} ${shardId}`;
    const failed = this.#failed.get(id);
    const asked = this.#count(entry);
    switch (outcome) {
      case "asked":
        // What is asked for now stands for what failed before.
        if (failed !== undefined && !isBefore(position, failed.position)) this.#failed.delete(id);
        return;
      case "written":
        this.#checkWritten(entry, entry.isAtMost ? asked?.least : position);
        if (failed !== undefined && !isBefore(position, failed.position)) this.#failed.delete(id);
        return;
      // Refused before anything was sent; the same place may be asked for again when it may be had.
      case "INVALID_CHECKPOINT":
        return;
      default: {
        // With automatic checkpoints what the handler returns from is written all the same, while the lease is held.
        if (this.#mode === "auto" && outcome !== "LEASE_LOST") return;
        // The handler of an earlier epoch learns of its loss when the next one may have begun, where the table says.
        if (epoch < (this.#epochs.get(id) ?? 0)) return;
        if (outcome === "LEASE_LOST" && this.#taken.get(id)?.isUsedTwice === true) return;
        const isFirst = failed?.epoch !== epoch || isBefore(position, failed.position);
        if (isFirst) this.#failed.set(id, { epoch, position });
      }
    }
  }

  /** The epochs of a lease that is deleted and made again begin anew: whose handler has lost which nobody can tell by them. */
  #seeNews({ fields, process, what }: EntryOf<"lease">): void {
    if (what !== "leaseTaken" && what !== "leaseLost") return;
    const { epoch = Number.POSITIVE_INFINITY, shardId } = fields as TurnNews;
    const id = `${process} ${shardId}`;
    const before = this.#taken.get(id);
    if (what === "leaseTaken") {
      this.#taken.set(id, { epoch, isUsedTwice: before !== undefined && epoch <= before.epoch });
    } else if (before === undefined) {
      // It was taken before this was watched.
      this.#taken.set(id, { epoch, isUsedTwice: false });
    }
  }

  /** Answers what has settled. */
  #count(entry: EntryOf<"checkpoint">): Waiting | undefined {
    const { epoch, outcome, position, process, shardId } = entry;
    const id = `${process} ${shardId} ${epoch}`;
    const waiting = this.#waiting.get(id) ?? [];
    if (outcome === "asked") {
      this.#waiting.set(id, [...waiting, { at: position, least: this.#leastOf(entry) }]);
      return undefined;
    }
    const settled = waiting.findIndex(({ at }) => isSamePlace(at, position));
    const left = waiting.filter((_, index) => index !== settled);
    if (left.length > 0) this.#waiting.set(id, left);
    else this.#waiting.delete(id);
    return waiting[settled];
  }

  /** Where no place is named. */
  #leastOf(entry: EntryOf<"checkpoint">): Position | undefined {
    const { atMs, epoch, isAtMost, process, shardId } = entry;
    const isOfNow = this.#sideBySide.workOf(process, shardId)?.epoch === epoch;
    if (!isAtMost || !isOfNow) return undefined;
    return this.#sideBySide.knownDone(process, shardId, atMs);
  }

  #checkWritten({ process, shardId }: EntryOf<"checkpoint">, least: Position | undefined): void {
    const lease = this.#leaseOf(shardId);
    if (least === undefined || lease === undefined || !isBefore(lease.checkpoint, least)) return;
    const stands = placeText(lease.checkpoint);
    const what = `${process} is told that ${shardId} is at ${placeText(least)}, and it is at ${stands}`;
    throw new BrokenInvariant(this.name, what, process);
  }

  #seeWrite({ key, move, process }: EntryOf<"asked">): void {
    const { checkpoint, epoch } = move.patch;
    const id = `${process} ${key}`;
    if (epoch !== undefined) this.#epochs.set(id, epoch);
    const failed = this.#failed.get(id);
    if (failed === undefined) return;
    if (epoch !== undefined && epoch > failed.epoch) this.#failed.delete(id);
    else if (checkpoint !== undefined && !isBefore(checkpoint, failed.position)) {
      const waiting = this.#waiting.get(`${id} ${failed.epoch}`) ?? [];
      if (waiting.some(({ at }) => !isBefore(at, checkpoint))) return;
      const what = `${process} writes ${key} at ${placeText(checkpoint)}, and ${placeText(failed.position)} had failed`;
      throw new BrokenInvariant(this.name, what, process);
    }
  }
}

function isBefore(a: Position, b: Position): boolean {
  return comparePositions(a, b) < 0;
}
