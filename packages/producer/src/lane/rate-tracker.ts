// Pure: how fast a shard may be written to, as a factor of its own limits, from when it throttled and when it was
// held back. Additive increase, multiplicative decrease: producers that know nothing of each other end up with a
// fair share each. Computed when it is read, so nothing has to tick.

/** Nobody is slowed down further than this: whoever sends nothing never learns that there is room again. */
const MIN_RATE_FACTOR = 0.05;
const DECREASE = 0.8;
const INCREASE = 0.05;
/** What one throttle caused is answered within this time; it would be punished twice. */
const MIN_CUT_GAP_MS = 500;
const SECOND_MS = 1000;

/** Tracks the rate of one lane; all times are monotonic. */
export class RateTracker {
  readonly #maxFactor: number;
  #factor: number;
  #cutAtMs = Number.NEGATIVE_INFINITY;
  /** Start of the second that is not over. */
  #secondFromMs: number;
  /** The lane is held back by its rate until then, or was. */
  #limitedUntilMs = Number.NEGATIVE_INFINITY;

  /** `maxFactor` is never exceeded; the factor starts at 1, or at this if it is less. */
  constructor(maxFactor: number, nowMs: number) {
    this.#maxFactor = maxFactor;
    this.#factor = Math.min(1, maxFactor);
    this.#secondFromMs = nowMs;
  }

  /** From 0.05 to the maximum. */
  factorAt(nowMs: number): number {
    this.#grow(nowMs);
    return this.#factor;
  }

  /** The lane has more to send than its rate admits before `untilMs`: only then is more worth trying. */
  hold(nowMs: number, untilMs: number): void {
    this.#grow(nowMs);
    this.#limitedUntilMs = Math.max(this.#limitedUntilMs, untilMs);
  }

  /** The shard refused a carrier because it came too fast. */
  cut(nowMs: number): void {
    this.#grow(nowMs);
    this.#secondFromMs = nowMs;
    if (nowMs - this.#cutAtMs < MIN_CUT_GAP_MS) return;
    this.#cutAtMs = nowMs;
    this.#factor = Math.max(Math.min(MIN_RATE_FACTOR, this.#maxFactor), this.#factor * DECREASE);
  }

  /** Grows by one step for each second that is over and in which the lane was held back. */
  #grow(nowMs: number): void {
    const seconds = Math.floor((nowMs - this.#secondFromMs) / SECOND_MS);
    if (seconds <= 0) return;
    const limitedSeconds = Math.ceil((this.#limitedUntilMs - this.#secondFromMs) / SECOND_MS);
    const steps = Math.min(seconds, Math.max(0, limitedSeconds));
    this.#factor = Math.min(this.#maxFactor, this.#factor + steps * INCREASE);
    this.#secondFromMs += seconds * SECOND_MS;
  }
}
