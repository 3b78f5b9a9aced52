// How many calls of a handler may be made at a time. Who has a turn and does not need it gives it back: a pause between
// two tries holds nobody else up. Tries that are repeated come first, as the checkpoint waits for them.

/** Somebody who waits for a turn. */
interface Waiting {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export class Turns {
  #free: number;
  readonly #waiting: Waiting[] = [];
  readonly #signal: AbortSignal;

  /** When `signal` aborts, nobody who waits gets a turn any more. */
  constructor(count: number, signal: AbortSignal) {
    this.#free = count;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#refuseAll(), { once: true });
  }

  /** Takes a turn, if there is one. */
  tryTake(): boolean {
    if (this.#free === 0 || this.#signal.aborted) return false;
    this.#free -= 1;
    return true;
  }

  /** Resolves when a turn is taken; rejects with the reason of the signal when that aborts. */
  take(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#signal.aborted) reject(this.#signal.reason);
      else if (this.tryTake()) resolve();
      else this.#waiting.push({ resolve, reject });
    });
  }

  giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next.resolve();
  }

  #refuseAll(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(this.#signal.reason);
  }
}
