// Only workers of the KCL pass over records, and only those of an aggregate with a record that does not belong to its shard:
// the KCL takes none of such an aggregate. Each is stored again where it is handled, unless its producer said that it
// failed, or is no more.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

export class PassedOver implements Checker {
  readonly name = "passed over by the KCL";
  readonly sights = {
    handled: (entry: EntryOf<"handled">): void => this.#seeHandled(entry),
    landed: (entry: EntryOf<"landed">): void => this.#noteLanded(entry),
    failed: ({ record }: EntryOf<"failed">): void => {
      this.#failed.add(nameOf(record));
    },
  };
  readonly #stored: StoredRecords;
  readonly #isAlive: (process: string) => boolean;
  /** Records of aggregates of two shards, and who put them. */
  readonly #mixed = new Map<string, string>();
  readonly #passedOver = new Set<string>();
  readonly #failed = new Set<string>();

  constructor(stored: StoredRecords, isAlive: (process: string) => boolean) {
    this.#stored = stored;
    this.#isAlive = isAlive;
  }

  atEnd(): void {
    if (this.#passedOver.size === 0) return;
    const missing = new Set(this.#passedOver);
    for (const [, { isHandled, record }] of this.#stored.all()) {
      if (isHandled) missing.delete(nameOf(record));
    }
    // What was deleted with its stream need not have been handled.
    for (const [, { isPassedOver, record }] of this.#stored.deleted()) {
      if (!isPassedOver) missing.delete(nameOf(record));
    }
    for (const name of missing) {
      const process = this.#mixed.get(name) ?? "nobody";
      if (this.#failed.has(name) || !this.#isAlive(process)) continue;
      const what = `${name} of ${process} was passed over, and is handled nowhere`;
      throw new BrokenInvariant(this.name, what, process);
    }
  }

  #seeHandled({ how, positions, process, shardId }: EntryOf<"handled">): void {
    if (how !== "passed over") return;
    for (const position of positions) {
      const stored = this.#stored.at(shardId, position);
      const carried = this.#stored.ofCarrier(shardId, position.sequenceNumber);
      const isMixed = carried.some(({ isInRange }) => !isInRange);
      const name = stored === undefined ? "what is not stored" : nameOf(stored.record);
      if (stored === undefined || !isMixed || !isOfKcl(process)) {
        const what = `${process} passes over ${name} on ${shardId}, where all of its aggregate belongs`;
        throw new BrokenInvariant(this.name, what, process);
      }
      this.#passedOver.add(name);
    }
  }

  #noteLanded({ process, records }: EntryOf<"landed">): void {
    if (records.every(({ isInRange }) => isInRange)) return;
    for (const { record } of records) this.#mixed.set(nameOf(record), process);
  }
}
