// S18: a record's sequence and subsequence number are the same on each delivery: those under which it is stored. So is what
// is delivered: its key and its bytes.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecord, StoredRecords } from "../evidence/stored-records.ts";

export class SamePosition implements Checker {
  readonly name = "same position";
  readonly sights = { delivered: (entry: EntryOf<"delivered">): void => this.#see(entry) };
  readonly #stored: StoredRecords;

  constructor(stored: StoredRecords) {
    this.#stored = stored;
  }

  #see(delivered: EntryOf<"delivered">): void {
    const { position, process, record, shardId } = delivered;
    const stored = this.#stored.at(shardId, position);
    const there = stored?.record;
    if (there?.number === record.number && there.key === record.key) {
      this.#compare(delivered, stored as StoredRecord);
      return;
    }
    const { sequenceNumber, subSequenceNumber } = position;
    const at = `${shardId} ${sequenceNumber}#${subSequenceNumber}`;
    const found = there === undefined ? "nothing" : nameOf(there);
    const what = `${process} delivers ${nameOf(record)} as of ${at}, where ${found} is stored`;
    throw new BrokenInvariant(this.name, what, process);
  }

  #compare({ bytes, partitionKey, process, record }: EntryOf<"delivered">, stored: StoredRecord) {
    if (bytes > 0 && bytes === stored.bytes && partitionKey === stored.partitionKey) return;
    const what = `${process} delivers ${nameOf(record)} with ${bytes} bytes under ${partitionKey}, and ${stored.bytes} are stored under ${stored.partitionKey}`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
