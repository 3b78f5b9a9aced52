// The first deliveries of a key's records come in the order in which they were put. What was settled with an error is
// no matter of order: it may be stored by a request that was held up. Nor is what was deleted with its stream: if the
// network brings it again, the first time that it is delivered is not the first time that it was stored.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";

export class KeyOrder implements Checker {
  readonly name = "order per key";
  readonly sights = {
    delivered: (entry: EntryOf<"delivered">): void => this.#seeDelivered(entry),
    failed: ({ record }: EntryOf<"failed">): void => {
      this.#failed.add(nameOf(record));
    },
    reborn: (): void => {
      for (const [, { record }] of this.#stored.deleted()) this.#deleted.add(nameOf(record));
    },
  };
  readonly #stored: StoredRecords;
  readonly #isReadNow: (entry: EntryOf<"delivered">) => boolean;
  readonly #deleted = new Set<string>();
  readonly #failed = new Set<string>();
  readonly #seen = new Map<string, Set<number>>();
  readonly #highest = new Map<string, number>();

  /**
   * `isReadNow`: by a lease of the stream that is there. One of another passes over what is not in the range of its own shard,
   * and all of it is read anew.
   */
  constructor(stored: StoredRecords, isReadNow: (entry: EntryOf<"delivered">) => boolean) {
    this.#stored = stored;
    this.#isReadNow = isReadNow;
  }

  #seeDelivered(entry: EntryOf<"delivered">): void {
    if (!this.#isReadNow(entry)) return;
    const { process, record } = entry;
    const { key, number } = record;
    const seen = this.#seen.get(key) ?? new Set();
    this.#seen.set(key, seen);
    if (seen.has(number)) return;
    seen.add(number);
    const highest = this.#highest.get(key) ?? -1;
    if (number > highest) this.#highest.set(key, number);
    else if (!this.#failed.has(nameOf(record)) && !this.#deleted.has(nameOf(record))) {
      const what = `${key}: record ${number} came after record ${highest}`;
      throw new BrokenInvariant(this.name, what, process);
    }
  }
}
