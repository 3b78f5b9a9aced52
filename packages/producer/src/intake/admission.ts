// How much the producer holds: records and bytes that are not settled. What does not fit waits its turn, first
// come, first served. Retries never come here again, so a full buffer cannot block its own emptying.

/** The marks of the buffer. */
export interface BufferLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** A record for which there was no room when it came. */
export interface Waiting {
  readonly bytes: number;
  /** There is room now, and it is taken. */
  admitted(): void;
}

/** All who wait for room below the marks until the same signal aborts. */
interface ReadyWaiters {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

export class Admission<Item extends Waiting = Waiting> {
  readonly #limits: BufferLimits;
  readonly #waiting = new Set<Item>();
  /** By the signal that ends it: one listener for each, however many wait. */
  readonly #readyWaiters = new Map<AbortSignal | undefined, ReadyWaiters>();
  #records = 0;
  #bytes = 0;
  #isAdmitting = false;

  constructor(limits: BufferLimits) {
    this.#limits = limits;
  }

  /** Records admitted and not settled, and records waiting. */
  get outstanding(): number {
    return this.#records + this.#waiting.size;
  }

  /** Bytes admitted and not settled. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of the records that wait, the one that came first. */
  get firstWaiting(): Item | undefined {
    const [first] = this.#waiting;
    return first;
  }

  /** Whether a record of so many bytes would be admitted at once. */
  isOpenFor(bytes: number): boolean {
    return this.#waiting.size === 0 && this.#hasRoomFor(bytes);
  }

  /** Takes room for a record, if there is some and nobody waits for it. */
  tryEnter(bytes: number): boolean {
    if (!this.isOpenFor(bytes)) return false;
    this.#take(bytes);
    return true;
  }

  /** Queues a record until those before it have left room. */
  wait(item: Item): void {
    this.#waiting.add(item);
  }

  /** Records are settled. */
  leave(records: number, bytes: number): void {
    this.#records -= records;
    this.#bytes -= bytes;
    // One that is refused as soon as it is admitted leaves again from within the loop, which then goes on with the next.
    if (this.#isAdmitting) return;
    this.#isAdmitting = true;
    try {
      this.#admitWaiting();
    } finally {
      this.#isAdmitting = false;
    }
    if (this.#readyWaiters.size === 0 || !this.isOpenFor(0)) return;
    for (const { resolve } of this.#readyWaiters.values()) resolve();
    this.#readyWaiters.clear();
  }

  /**
   * A record that waits gives up its place; it counts as admitted until it leaves, like any other. Answers whether it
   * still waited: the place of another may have been what it needed.
   */
  withdraw(item: Item): boolean {
    if (!this.#waiting.delete(item)) return false;
    this.#take(item.bytes);
    return true;
  }

  /** Everything that waits. */
  waiting(): Item[] {
    return [...this.#waiting];
  }

  /** Resolves when there is room below the marks; rejects with the signal's reason when it aborts. */
  ready(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.isOpenFor(0)) return Promise.resolve();
    const waiting = this.#readyWaiters.get(signal) ?? this.#waitUntilReady(signal);
    this.#readyWaiters.set(signal, waiting);
    return waiting.promise;
  }

  #waitUntilReady(signal: AbortSignal | undefined): ReadyWaiters {
    let resolve = (): void => undefined;
    const promise = new Promise<void>((resolvePromise, reject) => {
      const onAbort = (): void => {
        this.#readyWaiters.delete(signal);
        reject(signal?.reason);
      };
      resolve = () => {
        signal?.removeEventListener("abort", onAbort);
        resolvePromise();
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    });
    return { promise, resolve };
  }

  #admitWaiting(): void {
    for (const next of this.#waiting) {
      if (!this.#hasRoomFor(next.bytes)) return;
      this.#waiting.delete(next);
      this.#take(next.bytes);
      next.admitted();
    }
  }

  #take(bytes: number): void {
    this.#records += 1;
    this.#bytes += bytes;
  }

  /** One that alone is larger than the whole buffer is admitted into an empty one. */
  #hasRoomFor(bytes: number): boolean {
    const { maxBytes, maxRecords } = this.#limits;
    const fits = this.#bytes + bytes <= maxBytes || this.#records === 0;
    return fits && this.#records < maxRecords;
  }
}
