// The one timer of a producer.
import type { Clock } from "@shardline/core";

/** A timer that is set to the earliest moment anybody asked for. */
export class Alarm {
  readonly #clock: Clock;
  readonly #onRing: () => void;
  #atMs = Number.POSITIVE_INFINITY;
  #timer: Disposable | undefined;

  constructor(clock: Clock, onRing: () => void) {
    this.#clock = clock;
    this.#onRing = onRing;
  }

  /** Rings at that time, or earlier if it was set to ring earlier. */
  setNoLaterThan(atMs: number): void {
    if (atMs < this.#atMs) this.set(atMs);
  }

  /** Rings at that time and not before; Infinity means not at all. */
  set(atMs: number): void {
    if (atMs === this.#atMs) return;
    this.#timer?.[Symbol.dispose]();
    this.#atMs = atMs;
    this.#timer = Number.isFinite(atMs) ? this.#start(atMs) : undefined;
  }

  #start(atMs: number): Disposable {
    return this.#clock.startTimer(atMs - this.#clock.nowMs(), () => {
      this.#atMs = Number.POSITIVE_INFINITY;
      this.#timer = undefined;
      this.#onRing();
    });
  }
}
