// Things with a time each, the earliest first. Each thing is in it once; when its time changes, or it is taken out, what
// the heap holds of it is recognized as stale when it comes up.
import { TimeHeap } from "./time-heap.ts";

/** Hands out what is due, the earliest first; a time may change, and a thing be taken out. */
export class Schedule<Item> {
  readonly #times = new Map<Item, number>();
  readonly #heap = new TimeHeap<Item>();

  /** The earliest time; Infinity if there is none. */
  get nextMs(): number {
    this.#dropStale();
    return this.#heap.nextMs;
  }

  /** Whether a thing has a time. */
  has(item: Item): boolean {
    return this.#times.has(item);
  }

  /** Gives a thing a time, another if it has one. One at Infinity never comes up. */
  set(item: Item, atMs: number): void {
    this.#times.set(item, atMs);
    if (atMs !== Number.POSITIVE_INFINITY) this.#heap.add(item, atMs);
  }

  /** Takes a thing out. */
  delete(item: Item): void {
    this.#times.delete(item);
  }

  /** Takes out the earliest, if its time is not after `nowMs`. */
  take(nowMs: number): Item | undefined {
    this.#dropStale();
    const item = this.#heap.take(nowMs);
    if (item !== undefined) this.#times.delete(item);
    return item;
  }

  #dropStale(): void {
    const heap = this.#heap;
    for (let { first } = heap; first !== undefined; { first } = heap) {
      if (this.#times.get(first) === heap.nextMs) return;
      heap.take(heap.nextMs);
    }
  }
}
