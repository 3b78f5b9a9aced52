// The bounded buffer between the reader of a shard and its handler. A fetch goes in as a whole; the next one has to
// wait while those inside are at or over the marks, and for its part of what all shards may hold together.
import type { BudgetShare } from "./byte-budget.ts";
import { type Fetch, type FetchForecast, type FetchRoom, heldBytesOf } from "./fetch.ts";

/** Marks of the buffer. */
export interface PrefetchLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

export class PrefetchQueue implements FetchRoom {
  readonly #limits: PrefetchLimits;
  readonly #share: BudgetShare;
  readonly #fetches: Fetch[] = [];
  #records = 0;
  #bytes = 0;
  #wake: () => void = () => undefined;

  constructor(limits: PrefetchLimits, share: BudgetShare) {
    this.#limits = limits;
    this.#share = share;
  }

  async reserve(forecast: FetchForecast, signal: AbortSignal): Promise<number> {
    const { maxBytes, maxRecords } = this.#limits;
    while (this.#records >= maxRecords || this.#bytes >= maxBytes) await this.#change(signal);
    return this.#share.reserve(forecast, signal);
  }

  cancel(): void {
    this.#share.fill(0);
  }

  /** Takes the fetch that room was reserved for. */
  push(fetch: Fetch): void {
    this.#share.fill(heldBytesOf(fetch));
    // What brings nothing would pile up behind a handler that takes its time.
    if (fetch.records.length === 0 && fetch.next.kind === "more") return;
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

  /** A fetch that came out is handled. */
  done(fetch: Fetch): void {
    this.#share.release(heldBytesOf(fetch));
  }

  /** Lets go of what is inside; nothing comes out any more, and what came out does not count. */
  close(): void {
    this.#fetches.length = 0;
    this.#share.close();
  }

  #count({ bytes, records }: Fetch, sign: 1 | -1): void {
    this.#records += sign * records.length;
    this.#bytes += sign * bytes;
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
