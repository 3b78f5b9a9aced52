// When records are put. Those that are put without a pause share a reading of the clock, because a reading costs as much as
// a tenth of all that is done for a record.
import type { Clock } from "@shardline/core";

/** So that callers who do much between two puts, and never pause, are not far off the time. */
const MAX_SHARED = 128;

export class TurnClock {
  readonly #clock: Pick<Clock, "nowMs">;
  #nowMs = 0;
  /** How many more may share the last reading. */
  #left = 0;

  constructor(clock: Pick<Clock, "nowMs">) {
    this.#clock = clock;
  }

  /** The time of a moment ago, in the same turn, or of now. */
  nowMs(): number {
    if (this.#left > 0) {
      this.#left -= 1;
      return this.#nowMs;
    }
    this.#nowMs = this.#clock.nowMs();
    this.#left = MAX_SHARED - 1;
    queueMicrotask(this.#forget);
    return this.#nowMs;
  }

  readonly #forget = (): void => {
    this.#left = 0;
  };
}
