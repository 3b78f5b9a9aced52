// A clock that runs like the one below it and can be moved forward: so that the five minutes of an iterator, or a day
// of retention, pass at once in somebody's test.
import { type Clock, group, number, required, resolveOptions } from "@shardline/core";

/** The emulator's time, which tests may move. */
export interface EmulatorClock extends Clock {
  /**
   * Moves the time on by some milliseconds, 0 to 100 years, at once. Timers that fall due on the way fire in
   * the order of their times as soon as the event loop comes round.
   * @throws KinesisError INVALID_OPTIONS
   */
  advance(byMs: number): void;
}

interface MovableTimer {
  readonly dueMs: number;
  readonly onFire: () => void;
  armed: Disposable;
}

const MAX_MOVE_MS = 100 * 365 * 24 * 3_600_000;
const MOVE = group<{ byMs: number }>({ byMs: required(number({ min: 0, max: MAX_MOVE_MS })) });

/** Who has to know of moves. */
interface MoveWatcher {
  /** Throws where it must not be moved. */
  mayMove(): void;
  moved(): void;
}

/** A clock that can be moved forward. */
export class MovableClock implements EmulatorClock {
  readonly #base: Clock;
  readonly #timers = new Set<MovableTimer>();
  readonly #watcher: MoveWatcher | undefined;
  #movedMs = 0;

  constructor(base: Clock, watcher?: MoveWatcher) {
    this.#base = base;
    this.#watcher = watcher;
  }

  /** How far it was moved in all. */
  get movedMs(): number {
    return this.#movedMs;
  }

  /** Goes on as far ahead of the clock below it as it was once; before the first timer. */
  resume(movedMs: number): void {
    this.#movedMs = movedMs;
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
    const move = resolveOptions("clock.advance", MOVE, { byMs });
    this.#watcher?.mayMove();
    this.#movedMs += move.byMs;
    // Of timers that are due at the same moment the base clock fires the one first that was armed first.
    for (const timer of [...this.#timers].sort((a, b) => a.dueMs - b.dueMs)) {
      timer.armed[Symbol.dispose]();
      this.#arm(timer);
    }
    this.#watcher?.moved();
  }

  #arm(timer: MovableTimer): void {
    timer.armed = this.#base.startTimer(timer.dueMs - this.nowMs(), () => {
      this.#timers.delete(timer);
      timer.onFire();
    });
  }
}

const NONE: Disposable = { [Symbol.dispose]: () => {} };
