// One simulated process: a clock of its own over the world's, which drifts, and a death after which nothing of it moves.
import type { Clock } from "@shardline/core";
import type { VirtualClock } from "@shardline/core/testing";

/** How a process's clocks differ from the world's. */
export interface Drift {
  /** Seconds of its own that pass in one second. */
  readonly rate: number;
  /** How far its wall clock is ahead. */
  readonly wallSkewMs: number;
}

/** Where it drifts, no timer fires early by the process's own clock, whatever is lost in rounding. */
const ROUNDING_MS = 0.001;
const EXACT: Drift = { rate: 1, wallSkewMs: 0 };

/** Time as one process sees it; when the process is killed its timers vanish. */
export class SimProcess implements Clock {
  readonly name: string;
  readonly #world: VirtualClock;
  readonly #drift: Drift;
  readonly #startedAtMs: number;
  readonly #timers = new Set<Disposable>();
  #isAlive = true;
  #thawsAtMs = Number.NEGATIVE_INFINITY;

  constructor(name: string, world: VirtualClock, drift = EXACT) {
    this.name = name;
    this.#world = world;
    this.#drift = drift;
    // Without drift nothing is rounded: what is due at a moment happens at it.
    this.#startedAtMs = drift.rate === 1 ? 0 : world.nowMs();
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Whether nothing of it runs just now, though it is alive. */
  get isFrozen(): boolean {
    return this.#world.nowMs() < this.#thawsAtMs;
  }

  wallTimeMs(): number {
    return this.#world.wallTimeMs() + this.#drift.wallSkewMs;
  }

  /** Counts from the start of the process, or from that of the world where it does not drift. */
  nowMs(): number {
    return (this.#world.nowMs() - this.#startedAtMs) * this.#drift.rate;
  }

  startTimer(delayMs: number, onFire: () => void): Disposable {
    if (!this.#isAlive) return { [Symbol.dispose]: () => undefined };
    const fire = (): void => {
      const frozenForMs = this.#thawsAtMs - this.#world.nowMs();
      if (frozenForMs > 0) {
        timer = this.#world.startTimer(frozenForMs, fire);
        return;
      }
      this.#timers.delete(handle);
      onFire();
    };
    let timer = this.#world.startTimer(this.#worldMs(delayMs), fire);
    const handle = {
      [Symbol.dispose]: () => {
        this.#timers.delete(handle);
        timer[Symbol.dispose]();
      },
    };
    this.#timers.add(handle);
    return handle;
  }

  /** How much of the world's time passes in some of its own. */
  #worldMs(localMs: number): number {
    const { rate } = this.#drift;
    return rate === 1 ? localMs : localMs / rate + ROUNDING_MS;
  }

  /** For so long nothing of it runs; what falls due meanwhile runs afterwards. A shorter time ends no longer one. */
  freeze(forMs: number): void {
    this.#thawsAtMs = Math.max(this.#thawsAtMs, this.#world.nowMs() + forMs);
  }

  /** From here on nothing of it happens: no timer fires, no call is made or answered. */
  kill(): void {
    this.#isAlive = false;
    for (const timer of this.#timers) timer[Symbol.dispose]();
  }
}
