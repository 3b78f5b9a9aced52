// A fetch whose records are handled one by one, in whatever order: it is done with the last of them.

export class TakenFetch {
  readonly millisBehindLatest: number;
  readonly #onDone: () => void;
  #left = 0;
  #isWhole = false;

  /** `onDone`: everything in it is done. */
  constructor(millisBehindLatest: number, onDone: () => void) {
    this.millisBehindLatest = millisBehindLatest;
    this.#onDone = onDone;
  }

  /** A record of it is taken up. */
  takeUp(): void {
    this.#left += 1;
  }

  /** A record of it that was taken up is done. */
  release(): void {
    this.#left -= 1;
    this.#settle();
  }

  /** Nothing more of it will be taken up. */
  close(): void {
    this.#isWhole = true;
    this.#settle();
  }

  #settle(): void {
    if (this.#isWhole && this.#left === 0) this.#onDone();
  }
}
