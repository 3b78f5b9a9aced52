// Which records a flush covers. Every record belongs to the epoch in which it was put, a flush ends the epoch,
// and is done when nothing of it or of earlier ones is outstanding. Counts only: a flush costs nothing per record.

/** What became of the records that a flush waited for. */
export interface FlushSummary {
  /** Records that Kinesis stored. */
  readonly stored: number;
  /** Records that were settled with an error. */
  readonly failed: number;
}

interface Flush {
  readonly epoch: number;
  readonly resolve: (summary: FlushSummary) => void;
  stored: number;
  failed: number;
}

export class FlushBarrier {
  /** Of epochs that are over. */
  readonly #outstanding = new Map<number, number>();
  readonly #flushes = new Set<Flush>();
  #epoch = 0;
  #current = 0;

  /** Records put now belong to it; everything of earlier epochs is to be sent at once. */
  get epoch(): number {
    return this.#epoch;
  }

  /** A record is put; answers its epoch. */
  enter(): number {
    this.#current += 1;
    return this.#epoch;
  }

  /** Records of that epoch are settled. */
  leave(epoch: number, outcome: keyof FlushSummary, count: number): void {
    for (const flush of this.#flushes) if (flush.epoch >= epoch) flush[outcome] += count;
    if (epoch === this.#epoch) {
      this.#current -= count;
      return;
    }
    const left = (this.#outstanding.get(epoch) ?? 0) - count;
    if (left > 0) {
      this.#outstanding.set(epoch, left);
      return;
    }
    this.#outstanding.delete(epoch);
    for (const flush of this.#flushes) {
      if (!this.#isOutstanding(flush.epoch)) this.#end(flush);
    }
  }

  /** Ends the epoch; resolves when all that was put in it and before is settled, and its callers know. */
  flush(): Promise<FlushSummary> {
    const epoch = this.#epoch;
    this.#epoch += 1;
    if (this.#current > 0) this.#outstanding.set(epoch, this.#current);
    this.#current = 0;
    if (this.#outstanding.size === 0) return Promise.resolve({ stored: 0, failed: 0 });
    return new Promise((resolve) => {
      this.#flushes.add({ epoch, resolve, stored: 0, failed: 0 });
    });
  }

  #end(flush: Flush): void {
    this.#flushes.delete(flush);
    const { failed, resolve, stored } = flush;
    // The promises of puts settle one microtask after their chain was opened; a flush lets them go first.
    queueMicrotask(() => queueMicrotask(() => resolve({ stored, failed })));
  }

  #isOutstanding(upTo: number): boolean {
    for (const epoch of this.#outstanding.keys()) if (epoch <= upTo) return true;
    return false;
  }
}
