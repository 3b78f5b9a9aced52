// How much the shards of a consumer may hold together: what was fetched and is not handled yet. A fetch is reserved before
// it is made, at what it may bring at most, and counts until it is handled or its lease is lost.
//
// Whoever holds something leaves a quarter of the whole to those who do not. When not even these find room, because
// handlers hang, they go one at a time with as many records as an equal part of what is left may take, and one at least:
// so no shard waits for another one's handler for ever, and no more than one answer lies above the budget. What is pushed is
// reserved when it is here: of each shard that is subscribed to one event may lie above it, too.
import type { FetchForecast } from "./fetch.ts";

/** Of the whole, kept for shards that hold nothing. */
const KEPT_FOR_THE_EMPTY = 1 / 4;

/** What is shared. */
export class ByteBudget {
  readonly #totalBytes: number;
  readonly #shares = new Set<BudgetShare>();
  /** In the order in which they came. */
  readonly #waiting = new Set<() => boolean>();
  #lone: BudgetShare | undefined;
  /** Held and reserved. */
  #usedBytes = 0;

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** A part of it for one shard. */
  open(): BudgetShare {
    const share = new BudgetShare(this);
    this.#shares.add(share);
    return share;
  }

  /** For shares: what one holds or has reserved has changed; whoever waits may have room now. */
  settle(bytes: number, isLoneOver: BudgetShare | undefined): void {
    this.#usedBytes += bytes;
    if (isLoneOver !== undefined && this.#lone === isLoneOver) this.#lone = undefined;
    for (const tryAgain of this.#waiting) if (tryAgain()) this.#waiting.delete(tryAgain);
  }

  /** For shares. */
  close(share: BudgetShare): void {
    this.#shares.delete(share);
  }

  /** For shares: what a fetch may be; `undefined` if it may not be yet. */
  admit(share: BudgetShare, forecast: FetchForecast): Admission | undefined {
    const { maxBytes, maxRecords, recordBytes } = forecast;
    const freeBytes = this.#totalBytes - this.#usedBytes;
    const keptBytes = share.heldBytes === 0 ? 0 : this.#totalBytes * KEPT_FOR_THE_EMPTY;
    if (freeBytes - keptBytes >= maxBytes) {
      this.#usedBytes += maxBytes;
      return { reservedBytes: maxBytes, maxRecords };
    }
    if (share.heldBytes > 0 || this.#lone !== undefined) return undefined;
    this.#lone = share;
    const partBytes = Math.max(0, freeBytes) / this.#countEmpty();
    const records = Math.floor(partBytes / Math.max(1, recordBytes));
    return { reservedBytes: 0, maxRecords: Math.min(maxRecords, Math.max(1, records)) };
  }

  /** For shares: resolves when `tryAgain` has answered yes; rejects with the signal's reason when it aborts. */
  wait(tryAgain: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(attempt);
        reject(signal.reason);
      };
      const attempt = (): boolean => {
        if (!tryAgain()) return false;
        signal.removeEventListener("abort", onAbort);
        resolve();
        return true;
      };
      if (signal.aborted) return onAbort();
      this.#waiting.add(attempt);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  #countEmpty(): number {
    let empty = 0;
    for (const { heldBytes } of this.#shares) if (heldBytes === 0) empty += 1;
    return empty;
  }
}

/** What a fetch was admitted with. */
interface Admission {
  readonly reservedBytes: number;
  readonly maxRecords: number;
}

/** One shard's part of a budget. It has one fetch under way at a time. */
export class BudgetShare {
  readonly #budget: ByteBudget;
  #heldBytes = 0;
  #admission: Admission | undefined;
  #isOpen = true;

  /** Use `ByteBudget.open`. */
  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** Fetched and not handled yet. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Resolves with how many records may be fetched; rejects with the signal's reason when it aborts. */
  async reserve(forecast: FetchForecast, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    if (!this.#admit(forecast)) await this.#budget.wait(() => this.#admit(forecast), signal);
    return this.#admission?.maxRecords ?? forecast.maxRecords;
  }

  /** The fetch under way brought so many bytes, none if it failed. */
  fill(bytes: number): void {
    if (!this.#isOpen) return;
    const reservedBytes = this.#admission?.reservedBytes ?? 0;
    this.#admission = undefined;
    this.#heldBytes += bytes;
    this.#budget.settle(bytes - reservedBytes, this);
  }

  /** So many bytes are handled. */
  release(bytes: number): void {
    if (!this.#isOpen) return;
    this.#heldBytes -= bytes;
    this.#budget.settle(-bytes, undefined);
  }

  /** Nothing of it counts any more. */
  close(): void {
    this.#isOpen = false;
    const reservedBytes = this.#admission?.reservedBytes ?? 0;
    const heldBytes = this.#heldBytes;
    this.#admission = undefined;
    this.#heldBytes = 0;
    this.#budget.close(this);
    this.#budget.settle(-heldBytes - reservedBytes, this);
  }

  #admit(forecast: FetchForecast): boolean {
    this.#admission = this.#budget.admit(this, forecast);
    return this.#admission !== undefined;
  }
}
