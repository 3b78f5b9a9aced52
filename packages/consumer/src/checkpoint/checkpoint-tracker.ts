// Pure: completions in any order -> the highest position up to which everything is done. A gap holds it back, so
// that what is written down is never ahead of what was handled.
import { comparePositions, type Position } from "@shardline/core";

/** Where something that is handed out comes from. */
export interface DeliveryOrigin {
  /** When Kinesis took the first of its records, in epoch milliseconds. */
  readonly arrivedAtMs: number;
  /** When it was handed out; monotonic. */
  readonly sinceMs: number;
}

/** Stands for what was handed out together. Of its fields but the first two only the tracker knows. */
export class Delivery {
  readonly upTo: Position;
  readonly origin: DeliveryOrigin | undefined;
  done: Position | undefined;
  next: Delivery | undefined;

  constructor(upTo: Position, origin: DeliveryOrigin | undefined) {
    this.upTo = upTo;
    this.origin = origin;
  }
}

export class CheckpointTracker {
  /** Those handed out and not passed yet, in order. */
  #first: Delivery | undefined;
  #last: Delivery | undefined;
  #pending = 0;
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
    return this.#pending === 0;
  }

  /** How many were handed out from the first that is not done, those done behind it included. */
  get pending(): number {
    return this.#pending;
  }

  /** The first that is not done. */
  get oldest(): Delivery | undefined {
    return this.#first;
  }

  /** Records up to a position are handed out; positions must rise from call to call. */
  handOut(upTo: Position, origin?: DeliveryOrigin): Delivery {
    const delivery = new Delivery(upTo, origin);
    if (this.#last === undefined) this.#first = delivery;
    else this.#last.next = delivery;
    this.#last = delivery;
    this.#pending += 1;
    return delivery;
  }

  /** What was handed out is done, or the part of it up to a position. */
  complete(delivery: Delivery, upTo: Position = delivery.upTo): void {
    delivery.done = upTo;
    for (;;) {
      const first = this.#first;
      if (first?.done === undefined) return;
      this.#safe = first.done;
      if (comparePositions(first.done, first.upTo) < 0) return;
      this.#pass(first);
    }
  }

  /** Whoever still has it must not keep all that came after it. */
  #pass(first: Delivery): void {
    this.#first = first.next;
    first.next = undefined;
    if (this.#first === undefined) this.#last = undefined;
    this.#pending -= 1;
  }
}
