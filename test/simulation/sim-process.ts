// One simulated process: a clock of its own over the world's, and a death after which nothing of it moves.
import type { Clock } from "@shardline/core";
import type { VirtualClock } from "@shardline/core/testing";

/** Time as one process sees it; when the process is killed its timers vanish. */
export class SimProcess implements Clock {
  readonly name: string;
  readonly #world: VirtualClock;
  readonly #timers = new Set<Disposable>();
  #isAlive = true;
  #thawsAtMs = Number.NEGATIVE_INFINITY;

  constructor(name: string, world: VirtualClock) {
    this.name = name;
    this.#world = world;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Whether nothing of it runs just now, though it is alive. */
  get isFrozen(): boolean {
    return this.#world.nowMs() < this.#thawsAtMs;
  }

  wallTimeMs(): number {
    return this.#world.wallTimeMs();
  }

  nowMs(): number {
    return this.#world.nowMs();
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
    let timer = this.#world.startTimer(delayMs, fire);
    const handle = {
      [Symbol.dispose]: () => {
        this.#timers.delete(handle);
        timer[Symbol.dispose]();
      },
    };
    this.#timers.add(handle);
    return handle;
  }

  /** For so long nothing of it runs; what falls due meanwhile runs afterwards. */
  freeze(forMs: number): void {
    this.#thawsAtMs = this.#world.nowMs() + forMs;
  }

  /** From here on nothing of it happens: no timer fires, no call is made or answered. */
  kill(): void {
    this.#isAlive = false;
    for (const timer of this.#timers) timer[Symbol.dispose]();
  }
}
