// Which records a flush covers. Every record belongs to the epoch in which it was put, a flush ends the epoch,
// and is done when nothing of it or of earlier ones is outstanding. Counts only: a flush costs nothing per record.

interface Flush {
  readonly epoch: number;
  readonly resolve: () => void;
}

export class FlushBarrier {
  readonly #outstanding = new Map<number, number>();
  readonly #flushes = new Set<Flush>();
  #epoch = 0;

  /** Records put now belong to it; everything of earlier epochs is to be sent at once. */
  get epoch(): number {
    return this.#epoch;
  }

  /** A record is put; answers its epoch. */
  enter(): number {
    this.#outstanding.set(this.#epoch, (this.#outstanding.get(this.#epoch) ?? 0) + 1);
    return this.#epoch;
  }

  /** A record of that epoch is settled. */
  leave(epoch: number): void {
    const left = (this.#outstanding.get(epoch) ?? 0) - 1;
    if (left > 0) {
      this.#outstanding.set(epoch, left);
      return;
    }
    this.#outstanding.delete(epoch);
    for (const flush of this.#flushes) {
      if (!this.#isOutstanding(flush.epoch)) this.#end(flush);
    }
  }

  /** Ends the epoch; resolves when all that was put in it and before is settled. */
  flush(): Promise<void> {
    const epoch = this.#epoch;
    this.#epoch += 1;
    if (!this.#isOutstanding(epoch)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#flushes.add({ epoch, resolve });
    });
  }

  #end(flush: Flush): void {
    this.#flushes.delete(flush);
    flush.resolve();
  }

  #isOutstanding(upTo: number): boolean {
    for (const epoch of this.#outstanding.keys()) if (epoch <= upTo) return true;
    return false;
  }
}
