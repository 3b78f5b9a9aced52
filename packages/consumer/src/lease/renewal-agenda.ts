// When leases are due: thousands of them at far fewer times, each with a list. A heap of the leases themselves would be
// walked for each of them, through memory that has been idle since.
import { TimeHeap } from "@shardline/core";

/** Hands out what is due, all of a time together, the earliest first. */
export class RenewalAgenda<Item> {
  readonly #times = new TimeHeap<Item[]>();
  readonly #byTime = new Map<number, Item[]>();

  /** The earliest time; Infinity if there is none. */
  get nextMs(): number {
    return this.#times.nextMs;
  }

  add(item: Item, atMs: number): void {
    const others = this.#byTime.get(atMs);
    if (others === undefined) {
      const items = [item];
      this.#byTime.set(atMs, items);
      this.#times.add(items, atMs);
    } else {
      others.push(item);
    }
  }

  /** Takes out everything of the earliest time, if that is not after `nowMs`. */
  take(nowMs: number): readonly Item[] | undefined {
    const atMs = this.#times.nextMs;
    const items = this.#times.take(nowMs);
    if (items !== undefined) this.#byTime.delete(atMs);
    return items;
  }
}
