// The states of a shard under one lease.
//
//   waiting --- parents ended ---> starting --- place found ---> reading --- last record handled ---> ended
//   waiting, starting, reading --- drain, error ---> draining --- batch in hand done ---> released
//   any --- the lease is lost ---> lost
import { invariant } from "@shardline/core";

/** Where a shard stands. */
export type ShardState =
  /** It is made sure that its parents are read to their end. */
  | "waiting"
  /** The application hears of it. */
  | "starting"
  | "reading"
  | "draining"
  | "ended"
  | "released"
  /** A handler may still work for it. */
  | "lost";

/** Which state may follow which. */
const NEXT_STATES: Readonly<Record<ShardState, readonly ShardState[]>> = {
  waiting: ["starting", "draining", "lost"],
  starting: ["reading", "draining", "lost"],
  reading: ["draining", "ended", "lost"],
  draining: ["released", "ended", "lost"],
  ended: [],
  released: [],
  lost: [],
};

export class ShardLife {
  #state: ShardState = "waiting";

  get state(): ShardState {
    return this.#state;
  }

  /** Whether it may still be drained. */
  get isBusy(): boolean {
    return NEXT_STATES[this.#state].includes("draining");
  }

  moveTo(next: ShardState): void {
    const from = this.#state;
    invariant(NEXT_STATES[from].includes(next), `a shard does not go from ${from} to ${next}`);
    this.#state = next;
  }
}
