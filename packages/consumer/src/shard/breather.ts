// Lets the rest of the process have its turn. Handlers that never wait are called thousands of times in a row, and until
// the last has returned no timer fires: no lease would be renewed, no other shard read.
import { type Clock, sleep } from "@shardline/core";

/** As many records, and as much time, before there is a pause: handlers that wait themselves see few of them. */
const RECORDS = 10_000;
const BLOCKED_MS = 20;

export class Breather {
  readonly #clock: Clock;
  #records = 0;
  #sinceMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
  }

  /** So many records were handed out; whether it is time for a pause. */
  isDue(records: number): boolean {
    this.#records += records;
    return this.#records >= RECORDS && this.#clock.nowMs() - this.#sinceMs >= BLOCKED_MS;
  }

  /** Resolves when timers have had their turn; rejects with the signal's reason when it aborts. */
  async pause(signal: AbortSignal): Promise<void> {
    await sleep(this.#clock, 0, signal);
    this.#records = 0;
    this.#sinceMs = this.#clock.nowMs();
  }
}
