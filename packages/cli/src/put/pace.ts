// How fast lines are put: as fast as the producer takes them, or so many a second.
import { type Clock, sleep, TokenBucket } from "@shardline/core";

/** Share of a second's lines that may go in one burst, so that timers need not be exact. */
const BURST_SHARE = 0.05;

/** Lets lines pass at a steady rate. */
export class Pace {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;

  constructor(perSecond: number, clock: Clock) {
    this.#clock = clock;
    const burst = Math.max(1, perSecond * BURST_SHARE);
    this.#bucket = new TokenBucket(burst, perSecond, clock.nowMs());
  }

  /** Resolves when the next line may go; rejects with the signal's reason when it aborts before. */
  async next(signal: AbortSignal): Promise<void> {
    for (;;) {
      const nowMs = this.#clock.nowMs();
      const waitMs = this.#bucket.readyAtMs(1, nowMs) - nowMs;
      if (waitMs <= 0) break;
      await sleep(this.#clock, waitMs, signal);
    }
    this.#bucket.take(1, this.#clock.nowMs());
  }
}
