// Pure: completions in any order -> the highest position up to which everything is done. A gap holds it back, so
// that what is written down is never ahead of what was handled.
import type { Position } from "@shardline/core";

/** Stands for what was handed out together. */
export type Delivery = { readonly upTo: Position };

export class CheckpointTracker {
  /** Handed out and not passed yet, in order. */
  readonly #pending = new Map<Delivery, "handed out" | "done">();
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
    this.#pending.set(delivery, "handed out");
    return delivery;
  }

  /** What was handed out is done. */
  complete(delivery: Delivery): void {
    this.#pending.set(delivery, "done");
    for (const [first, state] of this.#pending) {
      if (state !== "done") return;
      this.#pending.delete(first);
      this.#safe = first.upTo;
    }
  }
}
