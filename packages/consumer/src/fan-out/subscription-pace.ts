// Spreads the first subscriptions of a worker to its shards: a restart would ask for all of them in one moment.
import { type Clock, sleep, TokenBucket } from "@shardline/core";

/** First subscriptions of one worker. */
const PER_SECOND = 50;

export class SubscriptionPace {
  readonly #clock: Clock;
  readonly #tokens: TokenBucket;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#tokens = new TokenBucket(1, PER_SECOND, clock.nowMs());
  }

  /** Resolves when one may be asked for; rejects with the signal's reason when it aborts. */
  async turn(signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const readyAtMs = this.#tokens.readyAtMs(1, nowMs);
    this.#tokens.take(1, nowMs);
    if (readyAtMs > nowMs) await sleep(this.#clock, readyAtMs - nowMs, signal);
  }
}
