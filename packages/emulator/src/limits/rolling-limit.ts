// How often something may happen within any stretch of time.

/** Counts events of the last while, by the monotonic clock. */
export class RollingLimit {
  readonly max: number;
  readonly #windowMs: number;
  /** Oldest first; never more than `max`. */
  readonly #times: number[] = [];

  constructor(max: number, windowMs: number) {
    this.max = max;
    this.#windowMs = windowMs;
  }

  /** Whether one more would be too many now. */
  isReached(nowMs: number): boolean {
    while ((this.#times[0] ?? nowMs) <= nowMs - this.#windowMs) this.#times.shift();
    return this.#times.length >= this.max;
  }

  add(nowMs: number): void {
    this.#times.push(nowMs);
  }
}
