// Lets the rest of the process have its turn. Handlers that never wait are called thousands of times in a row, and until
// the last has returned no timer fires: no lease would be renewed, no other shard read. All shards of a worker breathe
// together: a pause of each would come after the bursts of all others, and nothing but they would ever run.
import { type Clock, untilAborted } from "@shardline/core";

/** After so long there is a pause: one is hardly felt by handlers that wait themselves. */
const BLOCKED_MS = 100;

export class Breather {
  readonly #clock: Clock;
  #sinceMs: number;
  #pause: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
  }

  /** Asked before each call: whether it is time for a pause, or there is one. */
  get isDue(): boolean {
    return this.#pause !== undefined || this.#clock.nowMs() - this.#sinceMs >= BLOCKED_MS;
  }

  /** Resolves when timers have had their turn; rejects with the signal's reason when it aborts. */
  pause(signal: AbortSignal): Promise<void> {
    this.#pause ??= this.#breathe();
    return untilAborted(this.#pause, signal);
  }

  async #breathe(): Promise<void> {
    await new Promise<void>((resolve) => void this.#clock.startTimer(0, resolve));
    this.#sinceMs = this.#clock.nowMs();
    this.#pause = undefined;
  }
}
