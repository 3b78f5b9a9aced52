// The rest of a shard at a record that cannot be handled. Its lease is kept: given up, the record would wear out one
// worker after the other.
//
//   flowing --- rest ---> resting --- time over, retry, skip ---> retrying --- record done with ---> flowing
//                            ^------------------------------- rest ---'
import { type Clock, LinkedSignal, type Position, sleep } from "@shardline/core";

/** How a rest is ended from outside. */
export type RestEnd = "retry" | "skip";

type HaltState =
  | { readonly kind: "flowing" }
  | { readonly kind: "resting"; readonly at: Position; readonly pause: LinkedSignal }
  | { readonly kind: "retrying"; readonly at: Position };

/** The reasons with which a rest is cut short. */
const REASONS: Readonly<Record<RestEnd, symbol>> = {
  retry: Symbol("retry"),
  skip: Symbol("skip"),
};

export class Halt {
  readonly #clock: Clock;
  #state: HaltState = { kind: "flowing" };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Where the shard is halted; `undefined` if it is not. */
  get at(): Position | undefined {
    return this.#state.kind === "flowing" ? undefined : this.#state.at;
  }

  /** Resolves when the time is over or the rest is ended; rejects with the signal's reason when it aborts. */
  async rest(at: Position, restMs: number, signal: AbortSignal): Promise<RestEnd> {
    using pause = new LinkedSignal(signal);
    this.#state = { kind: "resting", at, pause };
    try {
      await sleep(this.#clock, restMs, pause.signal);
      return "retry";
    } catch (reason) {
      if (reason === REASONS.retry) return "retry";
      if (reason === REASONS.skip) return "skip";
      throw reason;
    } finally {
      this.#state = { kind: "retrying", at };
    }
  }

  /** Ends a rest; `false` if there is none just now. */
  end(how: RestEnd): boolean {
    if (this.#state.kind !== "resting") return false;
    const { at, pause } = this.#state;
    this.#state = { kind: "retrying", at };
    pause.abort(REASONS[how]);
    return true;
  }

  /** The record is done with. Where that was, if the shard was halted. */
  leave(): Position | undefined {
    const { at } = this;
    this.#state = { kind: "flowing" };
    return at;
  }
}
