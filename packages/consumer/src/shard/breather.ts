// Lets the rest of the process have its turn. Handlers that never wait are called thousands of times in a row, and until
// the last has returned no timer fires: no lease would be renewed, no other shard read.
import { type Clock, sleep } from "@shardline/core";

/** After so long there is a pause: one is hardly felt by handlers that wait themselves. */
const BLOCKED_MS = 100;

export class Breather {
  readonly #clock: Clock;
  #sinceMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
  }

  /** Asked before each call: whether it is time for a pause. */
  get isDue(): boolean {
    return this.#clock.nowMs() - this.#sinceMs >= BLOCKED_MS;
  }

  /** Resolves when timers have had their turn; rejects with the signal's reason when it aborts. */
  async pause(signal: AbortSignal): Promise<void> {
    await sleep(this.#clock, 0, signal);
    this.#sinceMs = this.#clock.nowMs();
  }
}
