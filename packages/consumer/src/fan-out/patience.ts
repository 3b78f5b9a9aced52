// Calls back when something takes too long. It is set anew for each wait, and yet does not start a timer for each.
import type { Clock } from "@shardline/core";

export class Patience implements Disposable {
  readonly #clock: Clock;
  #onEnd: () => void = () => undefined;
  #dueAtMs = Number.POSITIVE_INFINITY;
  #timer: { readonly atMs: number; readonly handle: Disposable } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** In place of what was set before. */
  set(delayMs: number, onEnd: () => void): void {
    this.#onEnd = onEnd;
    this.#dueAtMs = this.#clock.nowMs() + delayMs;
    // A timer that fires too early is followed by another one.
    if (this.#timer === undefined || this.#timer.atMs > this.#dueAtMs) this.#start(delayMs);
  }

  [Symbol.dispose](): void {
    this.#timer?.handle[Symbol.dispose]();
    this.#timer = undefined;
    this.#dueAtMs = Number.POSITIVE_INFINITY;
  }

  #start(delayMs: number): void {
    this.#timer?.handle[Symbol.dispose]();
    const handle = this.#clock.startTimer(delayMs, () => this.#fire());
    this.#timer = { atMs: this.#clock.nowMs() + delayMs, handle };
  }

  #fire(): void {
    this.#timer = undefined;
    const leftMs = this.#dueAtMs - this.#clock.nowMs();
    if (leftMs > 0) this.#start(leftMs);
    else this.#onEnd();
  }
}
