// When the records of a chunk were put, in their order. Those in a row that were put at the same time share an entry, as
// they do wherever many are put at once.

export class PutTimes {
  /** Of each entry. */
  readonly #atMs: number[] = [];
  /** Which record each entry begins with. */
  readonly #firsts: number[] = [];
  #length = 0;
  #lastMs = Number.NaN;
  #oldestMs = Number.POSITIVE_INFINITY;

  get length(): number {
    return this.#length;
  }

  /** The earliest; Infinity if there is none. */
  get oldestMs(): number {
    return this.#oldestMs;
  }

  add(atMs: number): void {
    if (atMs !== this.#lastMs) {
      this.#atMs.push(atMs);
      this.#firsts.push(this.#length);
      this.#lastMs = atMs;
      if (atMs < this.#oldestMs) this.#oldestMs = atMs;
    }
    this.#length += 1;
  }

  /** When a record was put; 0 if there is none. */
  at(index: number): number {
    let low = 0;
    let high = this.#firsts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#firsts[middle] as number) <= index) low = middle;
      else high = middle - 1;
    }
    return this.#atMs[low] ?? 0;
  }

  /** Tells each time, and how many records in a row were put then. */
  forEach(tell: (atMs: number, records: number) => void): void {
    for (let i = 0; i < this.#atMs.length; i += 1) {
      const end = this.#firsts[i + 1] ?? this.#length;
      tell(this.#atMs[i] as number, end - (this.#firsts[i] as number));
    }
  }
}
