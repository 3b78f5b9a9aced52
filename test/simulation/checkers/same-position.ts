// S18: a record's sequence and subsequence number are the same on each delivery: those under which it is stored.
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";

export class SamePosition implements Checker {
  readonly name = "same position";
  readonly sights = { delivered: (entry: EntryOf<"delivered">): void => this.#see(entry) };
  readonly #stored: StoredRecords;

  constructor(stored: StoredRecords) {
    this.#stored = stored;
  }

  #see({ position, process, record, shardId }: EntryOf<"delivered">): void {
    const there = this.#stored.at(shardId, position)?.record;
    if (there !== undefined && there.number === record.number && there.key === record.key) return;
    const { sequenceNumber, subSequenceNumber } = position;
    const at = `${shardId} ${sequenceNumber}#${subSequenceNumber}`;
    const found = there === undefined ? "nothing" : nameOf(there);
    const what = `${process} delivers ${nameOf(record)} as of ${at}, where ${found} is stored`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
