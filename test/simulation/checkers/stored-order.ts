// The records of a key are stored for the first time in the order in which they were put, both for readers that drop
// single records which went astray and for those that drop their whole aggregate. What was settled with an error is no
// matter of order: it may be stored by a request that was held up.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf, type SimRecord } from "../evidence/sim-record.ts";

/** A record that was stored after a later one of its key, for the first time; its receipt would be a broken promise. */
interface Late {
  readonly record: SimRecord;
  readonly after: number;
}

/** What one kind of readers has seen of a key: its highest number, and the lower ones that are still to come. */
interface SeenKey {
  highest: number;
  readonly missing: Set<number>;
}

export class StoredOrder implements Checker {
  readonly name = "stored order";
  readonly sights = {
    landed: (entry: EntryOf<"landed">): void => this.#land(entry),
    stored: ({ process, record }: EntryOf<"stored">): void => this.#settle(process, record),
    failed: ({ record }: EntryOf<"failed">): void => {
      this.#failed.add(nameOf(record));
      this.#late.delete(nameOf(record));
    },
  };
  readonly #failed = new Set<string>();
  readonly #late = new Map<string, Late>();
  readonly #ofSingle = new Map<string, SeenKey>();
  readonly #ofWhole = new Map<string, SeenKey>();

  #land({ records }: EntryOf<"landed">): void {
    const isWhole = records.every(({ isInRange }) => isInRange);
    for (const { isInRange, record } of records) {
      if (isInRange) this.#appear(record, this.#ofSingle);
      if (isWhole) this.#appear(record, this.#ofWhole);
    }
  }

  #appear(record: SimRecord, keys: Map<string, SeenKey>): void {
    const { key, number } = record;
    const seen = keys.get(key) ?? { highest: -1, missing: new Set() };
    keys.set(key, seen);
    if (number > seen.highest) {
      for (let left = seen.highest + 1; left < number; left += 1) seen.missing.add(left);
      seen.highest = number;
    } else if (seen.missing.delete(number) && !this.#failed.has(nameOf(record))) {
      this.#late.set(nameOf(record), { record, after: seen.highest });
    }
  }

  #settle(process: string, { key, number }: SimRecord): void {
    const late = this.#late.get(nameOf({ key, number }));
    if (late === undefined) return;
    const what = `${key}: record ${number} was stored after record ${late.after}`;
    throw new BrokenInvariant(this.name, what, process);
  }
}
