// A record whose put failed is not stored, neither then nor later, unless the error leaves that open.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf } from "../evidence/sim-record.ts";

export class HonestFailures implements Checker {
  readonly name = "honest failures";
  readonly sights = {
    put: ({ record }: EntryOf<"put">): void => {
      this.#open.set(nameOf(record), false);
    },
    stored: ({ record }: EntryOf<"stored">): void => {
      this.#open.delete(nameOf(record));
    },
    failed: (entry: EntryOf<"failed">): void => this.#see(entry),
    landed: (entry: EntryOf<"landed">): void => this.#land(entry),
  };
  /** Records that are not settled, and whether they are stored. */
  readonly #open = new Map<string, boolean>();
  /** Records that are not stored, as their producer has told. */
  readonly #denied = new Set<string>();

  #see({ code, mayHaveBeenWritten, process, record }: EntryOf<"failed">): void {
    const name = nameOf(record);
    const isStored = this.#open.get(name) === true;
    this.#open.delete(name);
    if (mayHaveBeenWritten) return;
    this.#denied.add(name);
    if (!isStored) return;
    const what = `${name} failed with ${code}, for certain, and is stored`;
    throw new BrokenInvariant(this.name, what, process);
  }

  /** That the network brings again what was refused before is nothing that a producer could know. */
  #land({ isRepeat, process, records, sequenceNumber, shardId }: EntryOf<"landed">): void {
    if (isRepeat) return;
    for (const { record } of records) {
      const name = nameOf(record);
      if (this.#open.has(name)) this.#open.set(name, true);
      if (!this.#denied.has(name)) continue;
      const what = `${name} had failed for certain, and is stored on ${shardId} at ${sequenceNumber}`;
      throw new BrokenInvariant(this.name, what, process);
    }
  }
}
