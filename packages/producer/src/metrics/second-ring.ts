// The last sixty seconds of a series: a bucket for each second, independent of when anybody looks.
import { Histogram, StatisticSet, type Statistics } from "@shardline/core";

/** How far back a window may reach. */
export const RING_SECONDS = 60;

/** Figures of one second. */
const COUNT = 0;
const SUM = 1;
const MIN = 2;
const MAX = 3;
const FIGURES = 4;
const NEVER = -1;

/** Seconds are whole, and those of one clock. */
export class SecondRing {
  /** Which second each bucket is of. */
  readonly #seconds: Float64Array = new Float64Array(RING_SECONDS).fill(NEVER);
  readonly #figures = new Float64Array(RING_SECONDS * FIGURES);
  /** Made when first needed: a histogram is larger than everything else here. */
  readonly #histograms: Histogram[] = [];

  /** Adds samples to a second. */
  add(second: number, { count, max, min, sum }: Statistics): void {
    if (min === undefined || max === undefined) return;
    const figures = this.#figures;
    const at = this.#turnTo(second) * FIGURES;
    (figures[at + COUNT] as number) += count;
    (figures[at + SUM] as number) += sum;
    figures[at + MIN] = Math.min(figures[at + MIN] as number, min);
    figures[at + MAX] = Math.max(figures[at + MAX] as number, max);
  }

  /** Adds samples whose percentiles shall be known. */
  addAll(second: number, samples: Histogram): void {
    this.add(second, samples.statistics);
    const bucket = this.#turnTo(second);
    this.#histograms[bucket] ??= new Histogram();
    this.#histograms[bucket].merge(samples);
  }

  /** The samples of so many seconds, of which the given one is the last. */
  read(second: number, seconds: number): Statistics {
    const read = new StatisticSet();
    const figures = this.#figures;
    for (const bucket of this.#bucketsOf(second, seconds)) {
      const at = bucket * FIGURES;
      read.merge({
        count: figures[at + COUNT] as number,
        sum: figures[at + SUM] as number,
        min: figures[at + MIN] as number,
        max: figures[at + MAX] as number,
      });
    }
    return read;
  }

  /** The same, with percentiles; empty if nothing was added by `addAll`. */
  readAll(second: number, seconds: number): Histogram {
    const read = new Histogram();
    for (const bucket of this.#bucketsOf(second, seconds)) {
      const histogram = this.#histograms[bucket];
      if (histogram !== undefined) read.merge(histogram);
    }
    return read;
  }

  *#bucketsOf(second: number, seconds: number): Generator<number> {
    for (let bucket = 0; bucket < RING_SECONDS; bucket += 1) {
      const age = second - (this.#seconds[bucket] as number);
      if (this.#seconds[bucket] !== NEVER && age >= 0 && age < seconds) yield bucket;
    }
  }

  /** The bucket of a second, emptied if it was another's. */
  #turnTo(second: number): number {
    const bucket = second % RING_SECONDS;
    if (this.#seconds[bucket] === second) return bucket;
    this.#seconds[bucket] = second;
    const at = bucket * FIGURES;
    this.#figures[at + COUNT] = 0;
    this.#figures[at + SUM] = 0;
    this.#figures[at + MIN] = Number.POSITIVE_INFINITY;
    this.#figures[at + MAX] = Number.NEGATIVE_INFINITY;
    this.#histograms[bucket]?.clear();
    return bucket;
  }
}
