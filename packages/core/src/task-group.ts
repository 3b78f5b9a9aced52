// Background work with an end: everything started here is awaited, and the first failure is told at once.

/** Collects promises of background work. */
export class TaskGroup {
  readonly #tasks = new Set<Promise<void>>();
  readonly #errors: unknown[] = [];
  readonly #onFailure: (error: unknown) => void;

  /** `onFailure` hears of every task that rejects, as it happens. */
  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** How many tasks are running. */
  get size(): number {
    return this.#tasks.size;
  }

  /** Adds work under way. */
  add(work: Promise<unknown>): void {
    const task = work.then(
      () => {
        this.#tasks.delete(task);
      },
      (error: unknown) => {
        this.#tasks.delete(task);
        this.#errors.push(error);
        this.#onFailure(error);
      },
    );
    this.#tasks.add(task);
  }

  /**
   * Resolves when nothing is running, work added meanwhile included; rejects with the failure of a task,
   * or with an AggregateError of several.
   */
  async join(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    if (this.#errors.length === 1) throw this.#errors[0];
    if (this.#errors.length > 1) throw new AggregateError(this.#errors, "several tasks failed");
  }
}
