// The first deliveries of a key's records come in the order in which they were put.
import { BrokenInvariant, type Checker, type TimedEntry } from "../journal.ts";

export class KeyOrder implements Checker {
  readonly name = "order per key";
  readonly #seen = new Map<string, Set<number>>();
  readonly #highest = new Map<string, number>();

  see(entry: TimedEntry): void {
    if (entry.kind !== "delivered") return;
    const { key, number } = entry.record;
    const seen = this.#seen.get(key) ?? new Set();
    this.#seen.set(key, seen);
    if (seen.has(number)) return;
    seen.add(number);
    const highest = this.#highest.get(key) ?? -1;
    if (number < highest) {
      throw new BrokenInvariant(this.name, `${key}: record ${number} came after record ${highest}`);
    }
    this.#highest.set(key, number);
  }
}
