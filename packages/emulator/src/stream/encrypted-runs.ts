// Which records of a shard were stored while its stream was encrypted, by their indexes. Nothing is encrypted here:
// it is what answers and descriptions say.

/** Runs of records, encrypted and not, in turn. */
export class EncryptedRuns {
  /** In turn the first index of a run that is encrypted and of one that is not; the first run is not. */
  readonly #turns: number[];

  constructor(turns: readonly number[] = []) {
    this.#turns = [...turns];
  }

  /** To make the same again. */
  get turns(): readonly number[] {
    return this.#turns;
  }

  /** Whether a record was stored encrypted. */
  covers(index: number): boolean {
    return this.#turns.length > 0 && this.#turns.findLastIndex((turn) => turn <= index) % 2 === 0;
  }

  /** Says how records are stored from an index on; forgets runs that ended at or before the oldest that is left. */
  turn(isEncrypted: boolean, nextIndex: number, oldestIndex: number): void {
    while ((this.#turns[1] ?? Number.POSITIVE_INFINITY) <= oldestIndex) this.#turns.splice(0, 2);
    if (isEncrypted !== (this.#turns.length % 2 === 1)) this.#turns.push(nextIndex);
  }
}
