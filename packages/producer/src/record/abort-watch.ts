// Which records were put with a signal, so that an abort costs what it concerns; and one listener for each signal, however
// many records were put with it.

interface Watched<Receipt> {
  readonly receipts: Set<Receipt>;
  readonly listener: () => void;
}

export class AbortWatch<Receipt> {
  readonly #onAbort: () => void;
  readonly #watched = new Map<AbortSignal, Watched<Receipt>>();
  /** Those of the signals in use that have aborted since they were asked for last. */
  readonly #aborted = new Set<AbortSignal>();

  /** `onAbort` is called when any of the signals in use aborts. */
  constructor(onAbort: () => void) {
    this.#onAbort = onAbort;
  }

  /** A record is put with a signal. */
  add(signal: AbortSignal, receipt: Receipt): void {
    const { receipts } = this.#watched.get(signal) ?? this.#watch(signal);
    receipts.add(receipt);
    if (signal.aborted) this.#note(signal);
  }

  /** A record that was put with it is settled. */
  remove(signal: AbortSignal, receipt: Receipt): void {
    const watched = this.#watched.get(signal);
    watched?.receipts.delete(receipt);
    if (watched === undefined || watched.receipts.size > 0) return;
    this.#watched.delete(signal);
    this.#aborted.delete(signal);
    signal.removeEventListener("abort", watched.listener);
  }

  /** The records that are not settled, of signals that have aborted since the last call. */
  takeAborted(): Receipt[] {
    const signals = [...this.#aborted];
    this.#aborted.clear();
    return signals.flatMap((signal) => [...(this.#watched.get(signal)?.receipts ?? [])]);
  }

  #watch(signal: AbortSignal): Watched<Receipt> {
    const watched = { receipts: new Set<Receipt>(), listener: () => this.#note(signal) };
    this.#watched.set(signal, watched);
    signal.addEventListener("abort", watched.listener, { once: true });
    return watched;
  }

  #note(signal: AbortSignal): void {
    this.#aborted.add(signal);
    this.#onAbort();
  }
}
