// A token bucket in floating point, read and drained at times that the caller gives.

/** Holds up to `capacity` tokens, starts full, grows by `perSecond`. */
export class TokenBucket {
  readonly capacity: number;
  #perSecond: number;
  #tokens: number;
  #atMs: number;

  constructor(capacity: number, perSecond: number, nowMs: number) {
    this.capacity = capacity;
    this.#perSecond = perSecond;
    this.#tokens = capacity;
    this.#atMs = nowMs;
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  /**
   * When `cost` tokens can be taken: a time not after `nowMs` if at once. More than the capacity is
   * admitted by a full bucket, which then owes the rest.
   */
  readyAtMs(cost: number, nowMs: number): number {
    this.#grow(nowMs);
    const missing = Math.min(cost, this.capacity) - this.#tokens;
    return missing <= 0 ? nowMs : nowMs + (missing / this.#perSecond) * 1000;
  }

  /** How many tokens there are; negative in debt. */
  tokensAt(nowMs: number): number {
    this.#grow(nowMs);
    return this.#tokens;
  }

  /** From now on it grows at another pace. */
  changeRate(perSecond: number, nowMs: number): void {
    this.#grow(nowMs);
    this.#perSecond = perSecond;
  }

  /** Takes tokens, into debt if need be. */
  take(cost: number, nowMs: number): void {
    this.#grow(nowMs);
    this.#tokens -= cost;
  }

  #grow(nowMs: number): void {
    const grown = ((nowMs - this.#atMs) / 1000) * this.#perSecond;
    if (grown <= 0) return;
    this.#tokens = Math.min(this.capacity, this.#tokens + grown);
    this.#atMs = nowMs;
  }
}
