// Takes of one pass that others are after as well. Workers that start together see no one else in the table at first: each
// would try to take every lease there is, and nearly every try would be a write in vain.
import type { Clock, Random } from "@shardline/core";

/** So many tries must have come too late, and more of them than were in time. */
const LOST_AFTER = 20;
/** After a try that came too late. */
const MIN_PAUSE_MS = 100;
const MAX_JITTER_MS = 400;

export interface LeaseRaceOptions {
  readonly clock: Clock;
  readonly random: Random;
}

export class LeaseRace {
  readonly #options: LeaseRaceOptions;
  #won = 0;
  #lost = 0;
  /** Drawn once: of many, the shortest would count, which is about the same for everybody. */
  #pauseMs: number | undefined;

  constructor(options: LeaseRaceOptions) {
    this.#options = options;
  }

  /** Others are there, and what they have left is known only after another look at the table. */
  get isLost(): boolean {
    return this.#lost >= LOST_AFTER && this.#lost > this.#won;
  }

  win(): void {
    this.#won += 1;
  }

  /**
   * Somebody was faster; what he left is there for the next one, and not for all at the same moment. Answers when to look
   * at the table again.
   */
  lose(): number {
    const { clock, random } = this.#options;
    this.#lost += 1;
    this.#pauseMs ??= MIN_PAUSE_MS + random.next() * MAX_JITTER_MS;
    return clock.nowMs() + this.#pauseMs;
  }
}
