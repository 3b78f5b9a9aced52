// A list that forgets its oldest item when it is full.

/** The last so many items. */
export class Ring<T> {
  readonly #size: number;
  readonly #items: T[] = [];
  #first = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(item: T): void {
    if (this.#items.length < this.#size) {
      this.#items.push(item);
      return;
    }
    this.#items[this.#first] = item;
    this.#first = (this.#first + 1) % this.#size;
  }

  /** Oldest first. */
  all(): readonly T[] {
    return [...this.#items.slice(this.#first), ...this.#items.slice(0, this.#first)];
  }
}
