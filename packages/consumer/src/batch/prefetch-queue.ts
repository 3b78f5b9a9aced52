// The bounded buffer between the reader of a shard and its handler. A fetch goes in as a whole; the next one has to
// wait while those inside are at or over the marks.
import type { Fetch } from "./fetch.ts";

/** Marks of the buffer. */
export interface PrefetchLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

export class PrefetchQueue {
  readonly #limits: PrefetchLimits;
  readonly #fetches: Fetch[] = [];
  #records = 0;
  #bytes = 0;
  #wake: () => void = () => undefined;

  constructor(limits: PrefetchLimits) {
    this.#limits = limits;
  }

  /** Resolves when another fetch may be made; rejects with the signal's reason when it aborts. */
  async room(signal: AbortSignal): Promise<void> {
    const { maxBytes, maxRecords } = this.#limits;
    while (this.#records >= maxRecords || this.#bytes >= maxBytes) await this.#change(signal);
  }

  push(fetch: Fetch): void {
    this.#fetches.push(fetch);
    this.#count(fetch, 1);
  }

  /** The next fetch, as soon as there is one; rejects with the signal's reason when it aborts. */
  async shift(signal: AbortSignal): Promise<Fetch> {
    for (;;) {
      signal.throwIfAborted();
      const fetch = this.#fetches.shift();
      if (fetch !== undefined) {
        this.#count(fetch, -1);
        return fetch;
      }
      await this.#change(signal);
    }
  }

  #count({ records }: Fetch, sign: 1 | -1): void {
    this.#records += sign * records.length;
    this.#bytes += sign * records.reduce((sum, { data }) => sum + data.length, 0);
    this.#wake();
  }

  /** One side waits at a time: the reader while it is full, the handler while it is empty. */
  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      if (signal.aborted) onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      this.#wake = () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
    });
  }
}
