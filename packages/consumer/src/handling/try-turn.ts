// When a try may begin: the shard is not paused, and where batches are pulled, a pull is promised to it.
import type { PullDesk } from "./pull-desk.ts";

export interface TryTurnOptions {
  /** `undefined` where a handler is called. */
  readonly pulls: PullDesk | undefined;
  readonly isPaused: () => boolean;
  /** Resolves when the shard is not paused; rejects with the signal's reason when it aborts. */
  readonly untilFlowing: (signal: AbortSignal) => Promise<void>;
  /** Aborts when no further try is wanted. */
  readonly untilSignal: AbortSignal;
}

/** The turns of one row of tries. */
export class TryTurn {
  readonly #options: TryTurnOptions;
  #isPromised = false;

  constructor(options: TryTurnOptions) {
    this.#options = options;
  }

  /** Resolves when a try may begin; rejects with the reason of `untilSignal` when that aborts. */
  until(): Promise<void> {
    const { pulls, untilFlowing, untilSignal } = this.#options;
    const isCalled = pulls === undefined || this.#isPromised;
    return isCalled ? untilFlowing(untilSignal) : this.#untilPulled(pulls);
  }

  /** The try begins, and takes what was promised. */
  use(): void {
    this.#isPromised = false;
  }

  /** There is no try. */
  giveBack(): void {
    if (!this.#isPromised) return;
    this.#isPromised = false;
    this.#options.pulls?.giveBack();
  }

  async #untilPulled(pulls: PullDesk): Promise<void> {
    const { isPaused, untilFlowing, untilSignal } = this.#options;
    for (;;) {
      await untilFlowing(untilSignal);
      await pulls.untilPromised(untilSignal);
      this.#isPromised = true;
      if (!isPaused()) return;
      this.giveBack();
    }
  }
}
