// A clock that runs like the one below it and can be moved forward: so that the five minutes of an iterator, or a day
// of retention, pass at once in somebody's test.
import { type Clock, group, number, required, resolveOptions } from "@shardline/core";

/** The emulator's time, which tests may move. */
export interface EmulatorClock extends Clock {
  /**
   * Moves the time on by some milliseconds, 0 to 100 years, and 2,000 years in all, at once. Timers that fall due on the way fire in
   * the order of their times as soon as the event loop comes round.
   * @throws KinesisError INVALID_OPTIONS, or PERSISTENCE_FAILED where the folder of `persist` cannot be written
   */
  advance(byMs: number): void;
}

interface MovableTimer {
  readonly dueMs: number;
  readonly onFire: () => void;
  armed: Disposable;
}

const YEAR_MS = 365 * 24 * 3_600_000;
const MAX_MOVE_MS = 100 * YEAR_MS;
/** How far it may be moved in all: in the year 4147 sequence numbers have no room for their seconds any more. */
export const MAX_MOVED_MS: number = 2000 * YEAR_MS;

/** Carries out a move, or throws where it must not be. */
type CarryOut = (move: () => void) => void;

/** A clock that can be moved forward. */
export class MovableClock implements EmulatorClock {
  readonly #base: Clock;
  readonly #timers = new Set<MovableTimer>();
  readonly #carryOut: CarryOut;
  #movedMs = 0;

  constructor(base: Clock, carryOut: CarryOut = (move) => move()) {
    this.#base = base;
    this.#carryOut = carryOut;
  }

  /** How far it was moved in all. */
  get movedMs(): number {
    return this.#movedMs;
  }

  /** Goes on as far ahead of the clock below it as one was once. */
  moveTo(movedMs: number): void {
    this.#movedMs = movedMs;
    // Of timers that are due at the same moment the base clock fires the one first that was armed first.
    for (const timer of [...this.#timers].sort((a, b) => a.dueMs - b.dueMs)) {
      timer.armed[Symbol.dispose]();
      this.#arm(timer);
    }
  }

  wallTimeMs(): number {
    // Whole, as of every clock, although it may be moved by parts of a millisecond.
    return Math.floor(this.#base.wallTimeMs() + this.#movedMs);
  }

  nowMs(): number {
    return this.#base.nowMs() + this.#movedMs;
  }

  startTimer(delayMs: number, onFire: () => void): Disposable {
    const timer: MovableTimer = { dueMs: this.nowMs() + Math.max(0, delayMs), onFire, armed: NONE };
    this.#arm(timer);
    this.#timers.add(timer);
    return {
      [Symbol.dispose]: () => {
        timer.armed[Symbol.dispose]();
        this.#timers.delete(timer);
      },
    };
  }

  advance(byMs: number): void {
    const max = Math.min(MAX_MOVE_MS, MAX_MOVED_MS - this.#movedMs);
    const check = group<{ byMs: number }>({ byMs: required(number({ min: 0, max })) });
    const move = resolveOptions("clock.advance", check, { byMs });
    this.#carryOut(() => this.moveTo(this.#movedMs + move.byMs));
  }

  #arm(timer: MovableTimer): void {
    timer.armed = this.#base.startTimer(timer.dueMs - this.nowMs(), () => {
      this.#timers.delete(timer);
      timer.onFire();
    });
  }
}

const NONE: Disposable = { [Symbol.dispose]: () => {} };
