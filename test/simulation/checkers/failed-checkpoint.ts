// S17: a checkpoint whose promise resolved stands in the table; one whose promise rejected is not written any more. What was
// sent before it rejected may still take effect: a lost answer hides whether it did.
import { comparePositions, type Position } from "@shardline/core";
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";
import { placeText } from "./lease-facts.ts";

interface Failed {
  readonly epoch: number;
  readonly position: Position;
}

export class FailedCheckpoint implements Checker {
  readonly name = "failed checkpoint";
  readonly sights = {
    checkpoint: (entry: EntryOf<"checkpoint">): void => this.#note(entry),
    asked: (entry: EntryOf<"asked">): void => this.#seeWrite(entry),
  };
  readonly #mode: "auto" | "manual";
  readonly #leaseOf: (shardId: string) => Lease | undefined;
  /** By process and shard: the first that failed of those that were not made later. */
  readonly #failed = new Map<string, Failed>();
  /** By process and shard: the epoch that it began last, or tried to. */
  readonly #epochs = new Map<string, number>();

  constructor(mode: "auto" | "manual", leaseOf: (shardId: string) => Lease | undefined) {
    this.#mode = mode;
    this.#leaseOf = leaseOf;
  }

  #note(entry: EntryOf<"checkpoint">): void {
    const { epoch, outcome, position, process, shardId } = entry;
    const id = `${process} ${shardId}`;
    const failed = this.#failed.get(id);
    switch (outcome) {
      case "asked":
        // What is asked for now stands for what failed before.
        if (failed !== undefined && !isBefore(position, failed.position)) this.#failed.delete(id);
        return;
      case "written":
        this.#checkWritten(entry);
        return;
      // Refused before anything was sent; the same place may be asked for again when it may be had.
      case "INVALID_CHECKPOINT":
        return;
      default: {
        // With automatic checkpoints what the handler returns from is written all the same, while the lease is held.
        if (this.#mode === "auto" && outcome !== "LEASE_LOST") return;
        // The handler of an earlier epoch learns of its loss when the next one may have begun, where the table says.
        if (epoch < (this.#epochs.get(id) ?? 0)) return;
        const isFirst = failed?.epoch !== epoch || isBefore(position, failed.position);
        if (isFirst) this.#failed.set(id, { epoch, position });
      }
    }
  }

  #checkWritten({ position, process, shardId }: EntryOf<"checkpoint">): void {
    const lease = this.#leaseOf(shardId);
    if (lease === undefined || !isBefore(lease.checkpoint, position)) return;
    const stands = placeText(lease.checkpoint);
    const what = `${process} is told that ${shardId} is at ${placeText(position)}, and it is at ${stands}`;
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
      const what = `${process} writes ${key} at ${placeText(checkpoint)}, and ${placeText(failed.position)} had failed`;
      throw new BrokenInvariant(this.name, what, process);
    }
  }
}

function isBefore(a: Position, b: Position): boolean {
  return comparePositions(a, b) < 0;
}
