// Time that stands still until a test moves it. Timers fire in order of their time, and between two of them
// everything that promises can do is done, so a run is the same every time.
import type { Clock } from "../clock.ts";
import { TimerQueue } from "./timer-queue.ts";

/** So many timers fire within one turn of the event loop, which costs more than most timers. */
const TIMERS_PER_TURN = 64;

/** A clock that a test moves by hand. */
export class VirtualClock implements Clock {
  readonly #startedAtMs: number;
  readonly #timers = new TimerQueue();
  #nowMs = 0;

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
    return this.#timers.add(this.#nowMs + Math.max(0, delayMs), onFire);
  }

  /** How many timers wait. A test that ends with one has left something running. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** When the next timer fires; Infinity if none waits. */
  get nextTimerAtMs(): number {
    return this.#timers.nextAtMs;
  }

  /** Moves time on, firing every timer on the way and letting promises settle before and after each. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await this.runUntil(untilMs, () => false);
    this.#nowMs = untilMs;
  }

  /**
   * Fires timer after timer, and lets promises settle before and after each, up to a time or until `isDone` holds, which
   * is asked before each timer. Time then stands where the last timer left it.
   */
  runUntil(untilMs: number, isDone: () => boolean): Promise<void> {
    return inSettledSteps(() => {
      if (this.nextTimerAtMs > untilMs || isDone()) return false;
      this.#fire();
      return true;
    });
  }

  /** Moves to the next timer, fires it, and lets promises settle; does nothing if none waits. */
  async fireNext(): Promise<void> {
    this.#fire();
    await inSettledSteps(() => false);
  }

  #fire(): void {
    const timer = this.#timers.take();
    if (timer === undefined) return;
    this.#nowMs = timer.atMs;
    timer.onFire();
  }
}

/**
 * Calls `step` until it answers `false`, each time when everything is done that promises can do, however long their
 * chains: that is so not only in each turn of the event loop, but between any two immediates of one turn, too. The turns
 * get longer, so that few steps do not pay for many.
 */
function inSettledSteps(step: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const turn: NodeJS.Immediate[] = [];
    let left = 0;
    const startTurn = (count: number): void => {
      left = count;
      turn.length = 0;
      while (turn.length < count) turn.push(setImmediate(next));
    };
    const next = (): void => {
      left -= 1;
      let goesOn = false;
      try {
        goesOn = step();
      } catch (error) {
        reject(error);
      }
      if (goesOn && left === 0) startTurn(Math.min(2 * turn.length, TIMERS_PER_TURN));
      if (goesOn) return;
      for (const immediate of turn) clearImmediate(immediate);
      resolve();
    };
    startTurn(1);
  });
}
