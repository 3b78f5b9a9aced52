// When the stream was created again, no position of the old one is used in it: whoever delivers what is stored now has
// begun at its shard's beginning, or behind what it delivered of the same stream; and in the end every lease that says for
// which stream it was made says this one. Until the leader has looked, old leases that had not begun may be read.
import type { Lease } from "@shardline/consumer";
import type { Position } from "@shardline/core";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";
import { placeText } from "./lease-facts.ts";

export class NoOldPosition implements Checker {
  readonly name = "no old position";
  readonly sights = {
    reborn: ({ streamEpoch }: EntryOf<"reborn">): void => {
      this.#streamEpoch = streamEpoch;
    },
    table: (entry: EntryOf<"table">): void => this.#seeWrite(entry),
    delivered: (entry: EntryOf<"delivered">): void => this.#seeDelivered(entry),
  };
  readonly #stored: StoredRecords;
  readonly #leases: () => readonly Lease[];
  #streamEpoch: number | undefined;
  /** By process and shard: behind what it reads. */
  readonly #behind = new Map<string, Position>();

  constructor(stored: StoredRecords, leases: () => readonly Lease[]) {
    this.#stored = stored;
    this.#leases = leases;
  }

  atEnd(): void {
    if (this.#streamEpoch === undefined) return;
    for (const { key, streamEpoch } of this.#leases()) {
      if (streamEpoch === undefined || streamEpoch === this.#streamEpoch) continue;
      throw new BrokenInvariant(this.name, `${key} is still the lease of a stream of before`);
    }
  }

  #seeWrite({ after, before, process }: EntryOf<"table">): void {
    if (after?.owner !== process || after.epoch === before?.epoch) return;
    this.#behind.set(`${process} ${after.shardId}`, after.checkpoint);
  }

  #seeDelivered({ position, process, record, shardId }: EntryOf<"delivered">): void {
    const place = `${process} ${shardId}`;
    const behind = this.#behind.get(place);
    this.#behind.set(place, position);
    if (behind === undefined || !this.#stored.isDeleted(shardId, behind)) return;
    if (this.#stored.isDeleted(shardId, position)) return;
    const what = `${process} delivers ${nameOf(record)} from ${shardId} behind ${placeText(behind)}, which was deleted`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
