// How much the producer holds: records and bytes that are not settled. What does not fit waits its turn, first
// come, first served. Retries never come here again, so a full buffer cannot block its own emptying.

/** The marks of the buffer. */
export interface BufferLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** What waits or was admitted, by what it counts for. */
export interface Admissible {
  readonly bytes: number;
}

export class Admission<Item extends Admissible> {
  readonly #limits: BufferLimits;
  readonly #onAdmit: (item: Item) => void;
  readonly #waiting = new Set<Item>();
  readonly #readyWaiters = new Set<() => void>();
  #records = 0;
  #bytes = 0;

  /** `onAdmit` takes each item over as soon as there is room for it. */
  constructor(limits: BufferLimits, onAdmit: (item: Item) => void) {
    this.#limits = limits;
    this.#onAdmit = onAdmit;
  }

  /** Items admitted and not released, and items waiting. */
  get outstanding(): number {
    return this.#records + this.#waiting.size;
  }

  /** Of the items that wait, the one that came first. */
  get firstWaiting(): Item | undefined {
    const [first] = this.#waiting;
    return first;
  }

  /** Whether an item of so many bytes would be admitted at once. */
  isOpenFor(bytes: number): boolean {
    return this.#waiting.size === 0 && this.#hasRoomFor(bytes);
  }

  /** Admits an item now, or when those before it have left room. */
  enter(item: Item): void {
    if (this.isOpenFor(item.bytes)) this.#admit(item);
    else this.#waiting.add(item);
  }

  /** An item is settled. */
  leave(item: Admissible): void {
    this.#records -= 1;
    this.#bytes -= item.bytes;
    for (const next of this.#waiting) {
      if (!this.#hasRoomFor(next.bytes)) return;
      this.#waiting.delete(next);
      this.#admit(next);
    }
    if (!this.#hasRoomFor(0)) return;
    for (const resolve of this.#readyWaiters) resolve();
    this.#readyWaiters.clear();
  }

  /** An item that waits gives up its place; it still counts until it leaves, like any other. */
  withdraw(item: Item): void {
    this.#waiting.delete(item);
    this.#records += 1;
    this.#bytes += item.bytes;
  }

  /** Everything that waits. */
  waiting(): Item[] {
    return [...this.#waiting];
  }

  /** Resolves when there is room below the marks; rejects with the signal's reason when it aborts. */
  ready(signal: AbortSignal | undefined): Promise<void> {
    if (this.isOpenFor(0)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onReady = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.#readyWaiters.delete(onReady);
        reject(signal?.reason);
      };
      this.#readyWaiters.add(onReady);
      signal?.addEventListener("abort", onAbort, { once: true });
      if (signal?.aborted) onAbort();
    });
  }

  #admit(item: Item): void {
    this.#records += 1;
    this.#bytes += item.bytes;
    this.#onAdmit(item);
  }

  /** One that alone is larger than the whole buffer is admitted into an empty one. */
  #hasRoomFor(bytes: number): boolean {
    const { maxBytes, maxRecords } = this.#limits;
    const fits = this.#bytes + bytes <= maxBytes || this.#records === 0;
    return fits && this.#records < maxRecords;
  }
}
