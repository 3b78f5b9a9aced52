// Which records a flush covers. Every record belongs to the epoch in which it was put, a flush ends the epoch,
// and is done when nothing of it or of earlier ones is outstanding. Counts only: a flush costs nothing per record, and a
// record nothing per flush.
import { invariant } from "@shardline/core";

/** What became of the records that a flush waited for. */
export interface FlushSummary {
  /** Records that Kinesis stored. */
  readonly stored: number;
  /** Records that were settled with an error. */
  readonly failed: number;
}

class Tally implements FlushSummary {
  stored = 0;
  failed = 0;

  add({ failed, stored }: FlushSummary): void {
    this.stored += stored;
    this.failed += failed;
  }

  since({ failed, stored }: FlushSummary): FlushSummary {
    return { stored: this.stored - stored, failed: this.failed - failed };
  }
}

/** The records put between two flushes. */
interface Epoch {
  outstanding: number;
  readonly settled: Tally;
  /** Ends the flush that has ended it, once nothing of it or of earlier ones is outstanding. */
  end: (() => void) | undefined;
}

export class FlushBarrier {
  /** Of which something is outstanding, or of an earlier one; the last is the current one. In order. */
  readonly #epochs = new Map<number, Epoch>();
  /** Of all epochs. */
  readonly #settled = new Tally();
  /** Of those that are not in the map any more. */
  readonly #over = new Tally();
  #epoch = 0;
  #current: Epoch;

  constructor() {
    this.#current = this.#begin(this.#epoch);
  }

  /** Records put now belong to it; everything of earlier epochs is to be sent at once. */
  get epoch(): number {
    return this.#epoch;
  }

  /** A record is put; answers its epoch. */
  enter(): number {
    this.#current.outstanding += 1;
    return this.#epoch;
  }

  /** Records of that epoch are settled. */
  leave(epoch: number, outcome: keyof FlushSummary, count: number): void {
    const left = this.#epochs.get(epoch);
    invariant(left !== undefined, "a record leaves an epoch in which it is outstanding");
    left.outstanding -= count;
    left.settled[outcome] += count;
    this.#settled[outcome] += count;
    if (left.outstanding === 0) this.#endFlushes();
  }

  /** Ends the epoch; resolves when all that was put in it and before is settled, and its callers know. */
  flush(): Promise<FlushSummary> {
    const ended = this.#current;
    const { failed, stored } = this.#settled;
    this.#epoch += 1;
    this.#current = this.#begin(this.#epoch);
    return new Promise((resolve) => {
      ended.end = () => {
        const summary = this.#over.since({ stored, failed });
        // The promises of puts settle one microtask after their chain was opened; a flush lets them go first.
        queueMicrotask(() => queueMicrotask(() => resolve(summary)));
      };
      this.#endFlushes();
    });
  }

  #begin(number: number): Epoch {
    const epoch = { outstanding: 0, settled: new Tally(), end: undefined };
    this.#epochs.set(number, epoch);
    return epoch;
  }

  /** Those of epochs of which nothing is outstanding, up to the first of which something is. */
  #endFlushes(): void {
    for (const [number, { end, outstanding, settled }] of this.#epochs) {
      if (outstanding > 0 || end === undefined) return;
      this.#epochs.delete(number);
      this.#over.add(settled);
      end();
    }
  }
}
