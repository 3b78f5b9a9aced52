// One listener for each signal, however many records were put with it.

export class AbortWatch {
  readonly #onAbort: () => void;
  readonly #records = new Map<AbortSignal, number>();

  /** `onAbort` is called when any of the signals in use aborts. */
  constructor(onAbort: () => void) {
    this.#onAbort = onAbort;
  }

  /** A record is put with a signal. */
  add(signal: AbortSignal): void {
    const records = this.#records.get(signal) ?? 0;
    this.#records.set(signal, records + 1);
    if (records === 0) signal.addEventListener("abort", this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
  }

  /** A record that was put with it is settled. */
  remove(signal: AbortSignal): void {
    const left = (this.#records.get(signal) ?? 0) - 1;
    if (left > 0) {
      this.#records.set(signal, left);
      return;
    }
    this.#records.delete(signal);
    signal.removeEventListener("abort", this.#onAbort);
  }
}
