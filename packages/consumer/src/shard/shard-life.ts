// The states of a shard under one lease.
//
//   starting --- place found ---> reading --- last record handled ---> ended
//   starting, reading --- drain, error ---> draining --- batch in hand done ---> released
//   any --- the lease is lost ---> lost
import { invariant } from "@shardline/core";

type ShardState = "starting" | "reading" | "draining" | "ended" | "released" | "lost";

/** Which state may follow which. */
const NEXT_STATES: Readonly<Record<ShardState, readonly ShardState[]>> = {
  starting: ["reading", "draining", "lost"],
  reading: ["draining", "ended", "lost"],
  draining: ["released", "ended", "lost"],
  ended: [],
  released: [],
  lost: [],
};

export class ShardLife {
  #state: ShardState = "starting";

  /** Whether it may still be drained. */
  get isBusy(): boolean {
    return this.#state === "starting" || this.#state === "reading";
  }

  moveTo(next: ShardState): void {
    const from = this.#state;
    invariant(NEXT_STATES[from].includes(next), `a shard does not go from ${from} to ${next}`);
    this.#state = next;
  }
}
