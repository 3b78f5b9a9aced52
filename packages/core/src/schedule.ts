// Things with a time each, the earliest first: a binary heap. Each thing is in it once; when its time changes, or it is
// taken out, what the heap holds of it is recognized as stale when it comes up.

interface Entry<Item> {
  readonly item: Item;
  readonly atMs: number;
}

/** Hands out what is due, the earliest first, without a look at the rest. */
export class Schedule<Item> {
  readonly #times = new Map<Item, number>();
  readonly #heap: Entry<Item>[] = [];

  /** The earliest time; Infinity if there is none. */
  get nextMs(): number {
    return this.#first()?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** Whether a thing has a time. */
  has(item: Item): boolean {
    return this.#times.has(item);
  }

  /** Gives a thing a time, another if it has one. One at Infinity never comes up. */
  set(item: Item, atMs: number): void {
    this.#times.set(item, atMs);
    if (atMs === Number.POSITIVE_INFINITY) return;
    const heap = this.#heap;
    let at = heap.length;
    for (; at > 0; ) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry<Item>;
      if (above.atMs <= atMs) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = { item, atMs };
  }

  /** Takes a thing out. */
  delete(item: Item): void {
    this.#times.delete(item);
  }

  /** Takes out the earliest, if its time is not after `nowMs`. */
  take(nowMs: number): Item | undefined {
    const first = this.#first();
    if (first === undefined || first.atMs > nowMs) return undefined;
    this.#pop();
    this.#times.delete(first.item);
    return first.item;
  }

  #first(): Entry<Item> | undefined {
    for (;;) {
      const [first] = this.#heap;
      if (first === undefined || this.#times.get(first.item) === first.atMs) return first;
      this.#pop();
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = heap[left + 1];
      const next =
        right !== undefined && right.atMs < (heap[left] as Entry<Item>).atMs ? left + 1 : left;
      const below = heap[next];
      if (below === undefined || below.atMs >= last.atMs) break;
      heap[at] = below;
      at = next;
    }
    heap[at] = last;
  }
}
