// What is kept of samples that are not kept themselves: CloudWatch's word for it, too.

/** Count, sum and extremes of some samples; `min` and `max` are undefined while there is none. */
export interface Statistics {
  readonly count: number;
  readonly sum: number;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** Statistics that grow sample by sample, without an allocation. */
export class StatisticSet implements Statistics {
  count = 0;
  sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  get min(): number | undefined {
    return this.count === 0 ? undefined : this.#min;
  }

  get max(): number | undefined {
    return this.count === 0 ? undefined : this.#max;
  }

  /** Adds a sample that was seen so many times. */
  add(value: number, times = 1): void {
    if (times <= 0) return;
    this.count += times;
    this.sum += value * times;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** Adds the samples of another. */
  merge({ count, max, min, sum }: Statistics): void {
    if (min === undefined || max === undefined) return;
    this.count += count;
    this.sum += sum;
    if (min < this.#min) this.#min = min;
    if (max > this.#max) this.#max = max;
  }

  clear(): void {
    this.count = 0;
    this.sum = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }
}
