// Time that stands still until a test moves it. Timers fire in order of their time, and between two of them
// everything that promises can do is done, so a run is the same every time.
import type { Clock } from "../clock.ts";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly onFire: () => void;
}

/** A clock that a test moves by hand. */
export class VirtualClock implements Clock {
  readonly #startedAtMs: number;
  readonly #timers: Timer[] = [];
  #nowMs = 0;
  #order = 0;

  /** `startedAtMs` is the wall time at which the clock starts. */
  constructor(startedAtMs = 1_700_000_000_000) {
    this.#startedAtMs = startedAtMs;
  }

  wallTimeMs(): number {
    return this.#startedAtMs + Math.floor(this.#nowMs);
  }

  nowMs(): number {
    return this.#nowMs;
  }

  startTimer(delayMs: number, onFire: () => void): Disposable {
    const atMs = this.#nowMs + Math.max(0, delayMs);
    const timer: Timer = { atMs, order: this.#order, onFire };
    this.#order += 1;
    this.#timers.splice(placeOf(this.#timers, timer), 0, timer);
    return { [Symbol.dispose]: () => this.#remove(timer) };
  }

  /** How many timers wait. A test that ends with one has left something running. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Moves time on, firing every timer on the way and letting promises settle before and after each. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settle();
    while (this.nextTimerAtMs <= untilMs) await this.fireNext();
    this.#nowMs = untilMs;
  }

  /** When the next timer fires; Infinity if none waits. */
  get nextTimerAtMs(): number {
    return this.#timers[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** Moves to the next timer, fires it, and lets promises settle; does nothing if none waits. */
  async fireNext(): Promise<void> {
    const timer = this.#timers.shift();
    if (timer === undefined) return;
    this.#nowMs = timer.atMs;
    timer.onFire();
    await settle();
  }

  #remove(timer: Timer): void {
    const at = placeOf(this.#timers, timer);
    if (this.#timers[at] === timer) this.#timers.splice(at, 1);
  }
}

/** Where a timer stands, or would stand, in the order of time and then of start. */
function placeOf(timers: readonly Timer[], timer: Timer): number {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(timers[middle] as Timer, timer)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs;
}

/** Promises are done, however long their chains, before the event loop reaches its next phase. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
