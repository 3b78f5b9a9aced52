// A record that lies in an aggregate on a shard where its hash key does not belong is never delivered from there, and never
// lost: the producer that still lives has put it again where it belongs, or said that it failed.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";

export class InRange implements Checker {
  readonly name = "in range";
  readonly sights = {
    delivered: (entry: EntryOf<"delivered">): void => this.#seeDelivered(entry),
    landed: (entry: EntryOf<"landed">): void => this.#seeLanded(entry),
    failed: ({ record }: EntryOf<"failed">): void => {
      this.#failed.add(nameOf(record));
    },
  };
  readonly #stored: StoredRecords;
  readonly #isAlive: (process: string) => boolean;
  readonly #isReadNow: (entry: EntryOf<"delivered">) => boolean;
  /** Records that landed where they do not belong, and who put them. */
  readonly #astray = new Map<string, string>();
  readonly #failed = new Set<string>();

  /** `isReadNow`: by a lease of the stream that is there; one of another has the range of another shard. */
  constructor(
    stored: StoredRecords,
    isAlive: (process: string) => boolean,
    isReadNow: (entry: EntryOf<"delivered">) => boolean,
  ) {
    this.#stored = stored;
    this.#isAlive = isAlive;
    this.#isReadNow = isReadNow;
  }

  atEnd(): void {
    if (this.#astray.size === 0) return;
    for (const stored of [this.#stored.all(), this.#stored.deleted()]) {
      for (const [, { isInRange, record }] of stored) {
        if (isInRange) this.#astray.delete(nameOf(record));
      }
    }
    for (const [name, process] of this.#astray) {
      if (this.#failed.has(name) || !this.#isAlive(process)) continue;
      const what = `${name} of ${process} is stored only where it does not belong`;
      throw new BrokenInvariant(this.name, what, process);
    }
  }

  #seeDelivered(entry: EntryOf<"delivered">): void {
    const { position, process, record, shardId } = entry;
    if (this.#stored.at(shardId, position)?.isInRange !== false) return;
    if (!this.#isReadNow(entry)) return;
    const what = `${process} delivers ${nameOf(record)} from ${shardId}, where it does not belong`;
    throw new BrokenInvariant(this.name, what, process);
  }

  #seeLanded({ process, records }: EntryOf<"landed">): void {
    for (const { isInRange, record } of records) {
      if (!isInRange) this.#astray.set(nameOf(record), process);
    }
  }
}
