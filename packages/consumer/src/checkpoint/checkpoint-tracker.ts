// Pure: completions in any order -> the highest position up to which everything is done. A gap holds it back, so
// that what is written down is never ahead of what was handled.
import { comparePositions, type Position } from "@shardline/core";

/** Stands for what was handed out together. */
export type Delivery = { readonly upTo: Position };

export class CheckpointTracker {
  /** Handed out and not passed yet, in order, each with the position up to which it is done. */
  readonly #pending = new Map<Delivery, Position | undefined>();
  #safe: Position;

  /** `start`: everything up to there was done before. */
  constructor(start: Position) {
    this.#safe = start;
  }

  /** Everything up to here is done. */
  get safe(): Position {
    return this.#safe;
  }

  /** Whether everything handed out is done. */
  get isSettled(): boolean {
    return this.#pending.size === 0;
  }

  /** Records up to a position are handed out; positions must rise from call to call. */
  handOut(upTo: Position): Delivery {
    const delivery = { upTo };
    this.#pending.set(delivery, undefined);
    return delivery;
  }

  /** What was handed out is done, or the part of it up to a position. */
  complete(delivery: Delivery, upTo: Position = delivery.upTo): void {
    if (!this.#pending.has(delivery)) return;
    this.#pending.set(delivery, upTo);
    for (const [first, done] of this.#pending) {
      if (done === undefined) return;
      this.#safe = done;
      if (comparePositions(done, first.upTo) < 0) return;
      this.#pending.delete(first);
    }
  }
}
