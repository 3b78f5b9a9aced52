// What a variant does while it is measured, and how it keeps so many records outstanding.

/** Puts records. */
export interface Load {
  /**
   * Puts until `limit.isOver`, then waits for what is outstanding; answers how many records were put.
   * @throws unless each of them was settled as stored
   */
  run(limit: TimeLimit): Promise<number>;
  close(): Promise<void>;
}

export interface TimeLimit {
  readonly isOver: boolean;
}

/** Waits until so many records fewer are outstanding, so that each waking up is worth it. */
const LEAST_ROOM = 1000;

/** Counts records between their put and their end. */
export class Window {
  readonly #size: number;
  #outstanding = 0;
  #entered = 0;
  #failure: unknown;
  #wake: (() => void) | undefined;
  #wakeAt = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get isFull(): boolean {
    return this.#outstanding >= this.#size;
  }

  enter(): void {
    this.#outstanding += 1;
    this.#entered += 1;
  }

  readonly onStored = (): void => {
    this.#outstanding -= 1;
    if (this.#outstanding > this.#wakeAt || this.#wake === undefined) return;
    const wake = this.#wake;
    this.#wake = undefined;
    wake();
  };

  readonly onFailed = (error: unknown): void => {
    this.#failure ??= error;
    this.onStored();
  };

  hasRoom(): Promise<void> {
    return this.#fallTo(this.#size - LEAST_ROOM);
  }

  /** Waits for all; answers how many came in since the last time. */
  async empty(): Promise<number> {
    await this.#fallTo(0);
    if (this.#failure !== undefined) throw this.#failure;
    const entered = this.#entered;
    this.#entered = 0;
    return entered;
  }

  #fallTo(outstanding: number): Promise<void> {
    if (this.#outstanding <= outstanding) return Promise.resolve();
    this.#wakeAt = outstanding;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
