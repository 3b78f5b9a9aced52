// Percentiles in fixed memory: each doubling of the value is cut into 16 buckets of equal width, so a bucket is
// found by the upper bits of the number's floating-point form, and what is told of it is off by 1/32 at most.
import { StatisticSet, type Statistics } from "./statistic-set.ts";

const BITS_PER_OCTAVE = 4;
/** What lies between these is told within 1/32; in ms that is a microsecond to twelve days. */
const LOWEST_EXPONENT = -10;
const HIGHEST_EXPONENT = 30;
const BUCKETS: number = (HIGHEST_EXPONENT - LOWEST_EXPONENT) << BITS_PER_OCTAVE;

/** Exponent and upper bits of the fraction, of the number at which the first bucket begins. */
const FIRST_HEAD: number = (1023 + LOWEST_EXPONENT) << BITS_PER_OCTAVE;
const LOWEST: number = 2 ** LOWEST_EXPONENT;
const HIGHEST: number = 2 ** HIGHEST_EXPONENT;

const float = new Float64Array(1);
const halves = new Uint32Array(float.buffer);
float[0] = 1;
/** Where the half with the exponent lies depends on the machine. */
const UPPER: 0 | 1 = halves[1] === 0 ? 0 : 1;

/**
 * Counts samples of zero and more. `quantile` is off by at most 1/32 of the exact quantile (nearest rank) between 2^-10
 * and 2^30, by at most 2^-10 below; above, it is the largest sample. About 5 KB, however many samples there are.
 */
export class Histogram {
  // Not Uint32Array: a busy producer counts past 2^32 within hours.
  readonly #counts = new Float64Array(BUCKETS + 2);
  readonly #statistics = new StatisticSet();
  /** The buckets in use, so that a merge passes over the others. */
  #from = BUCKETS + 2;
  #to = -1;

  /** Count, sum, least and largest, all exact. */
  get statistics(): Statistics {
    return this.#statistics;
  }

  /** Counts a sample that was seen so many times; below zero counts as zero. */
  record(value: number, times = 1): void {
    if (times <= 0) return;
    const sample = value > 0 ? value : 0;
    this.#statistics.add(sample, times);
    const bucket = bucketOf(sample);
    (this.#counts[bucket] as number) += times;
    if (bucket < this.#from) this.#from = bucket;
    if (bucket > this.#to) this.#to = bucket;
  }

  /** Adds the samples of another. */
  merge(other: Histogram): void {
    this.#statistics.merge(other.#statistics);
    for (let i = other.#from; i <= other.#to; i += 1) {
      (this.#counts[i] as number) += other.#counts[i] as number;
    }
    this.#from = Math.min(this.#from, other.#from);
    this.#to = Math.max(this.#to, other.#to);
  }

  /** The least sample that at least this share (0 to 1) of all samples does not exceed; undefined without samples. */
  quantile(share: number): number | undefined {
    const { count, max, min } = this.#statistics;
    if (min === undefined || max === undefined) return undefined;
    const rank = Math.max(1, Math.ceil(share * count));
    if (rank === 1) return min;
    if (rank >= count) return max;
    let seen = 0;
    for (let i = this.#from; i <= this.#to; i += 1) {
      seen += this.#counts[i] as number;
      if (seen >= rank) return Math.min(max, Math.max(min, middleOf(i)));
    }
    return max;
  }

  clear(): void {
    this.#statistics.clear();
    this.#counts.fill(0);
    this.#from = BUCKETS + 2;
    this.#to = -1;
  }
}

/** The first bucket is for what is too small to tell apart, the last for what is too large. */
function bucketOf(value: number): number {
  if (value < LOWEST) return 0;
  if (value >= HIGHEST) return BUCKETS + 1;
  float[0] = value;
  return ((halves[UPPER] as number) >>> (20 - BITS_PER_OCTAVE)) - FIRST_HEAD + 1;
}

function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  if (bucket > BUCKETS) return Number.POSITIVE_INFINITY;
  const at = bucket - 1;
  const fraction = at & ((1 << BITS_PER_OCTAVE) - 1);
  const octave = (at >>> BITS_PER_OCTAVE) + LOWEST_EXPONENT;
  return 2 ** octave * (1 + (fraction + 0.5) / (1 << BITS_PER_OCTAVE));
}
