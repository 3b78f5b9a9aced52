// The first deliveries of a key's records come in the order in which they were put. What was settled with an error is
// no matter of order: it may be stored by a request that was held up.
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";
import { nameOf } from "../evidence/sim-record.ts";

export class KeyOrder implements Checker {
  readonly name = "order per key";
  readonly sights = {
    delivered: (entry: EntryOf<"delivered">): void => this.#seeDelivered(entry),
    failed: ({ record }: EntryOf<"failed">): void => {
      this.#failed.add(nameOf(record));
    },
  };
  readonly #failed = new Set<string>();
  readonly #seen = new Map<string, Set<number>>();
  readonly #highest = new Map<string, number>();

  #seeDelivered({ process, record }: EntryOf<"delivered">): void {
    const { key, number } = record;
    const seen = this.#seen.get(key) ?? new Set();
    this.#seen.set(key, seen);
    if (seen.has(number)) return;
    seen.add(number);
    const highest = this.#highest.get(key) ?? -1;
    if (number > highest) this.#highest.set(key, number);
    else if (!this.#failed.has(nameOf(record))) {
      const what = `${key}: record ${number} came after record ${highest}`;
      throw new BrokenInvariant(this.name, what, process);
    }
  }
}
