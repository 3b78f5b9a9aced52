// Things with a time each, the earliest first: a binary heap that is nothing but two arrays, because whoever moves
// thousands of things a second would feel an object for each.

/** Hands out what is due, the earliest first, without a look at the rest. */
export class TimeHeap<Item> {
  readonly #timesMs: number[] = [];
  readonly #items: Item[] = [];

  /** The earliest; `undefined` if there is none. */
  get first(): Item | undefined {
    return this.#items[0];
  }

  /** The earliest time; Infinity if there is none. */
  get nextMs(): number {
    return this.#timesMs[0] ?? Number.POSITIVE_INFINITY;
  }

  add(item: Item, atMs: number): void {
    let at = this.#items.length;
    for (; at > 0; ) {
      const parent = (at - 1) >> 1;
      if ((this.#timesMs[parent] as number) <= atMs) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#timesMs[at] = atMs;
    this.#items[at] = item;
  }

  /** Takes out the earliest, if its time is not after `nowMs`. */
  take(nowMs: number): Item | undefined {
    const { first } = this;
    if (first === undefined || this.nextMs > nowMs) return undefined;
    const lastMs = this.#timesMs.pop() as number;
    const last = this.#items.pop() as Item;
    if (this.#items.length > 0) this.#sink(last, lastMs);
    return first;
  }

  /** Fills the place of the first. */
  #sink(item: Item, atMs: number): void {
    const timesMs = this.#timesMs;
    const count = timesMs.length;
    let at = 0;
    for (let next = 1; next < count; next = 2 * at + 1) {
      const right = next + 1;
      if (right < count && (timesMs[right] as number) < (timesMs[next] as number)) next = right;
      if ((timesMs[next] as number) >= atMs) break;
      this.#move(next, at);
      at = next;
    }
    timesMs[at] = atMs;
    this.#items[at] = item;
  }

  #move(from: number, to: number): void {
    this.#timesMs[to] = this.#timesMs[from] as number;
    this.#items[to] = this.#items[from] as Item;
  }
}
