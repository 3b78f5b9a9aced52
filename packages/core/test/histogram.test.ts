import { Histogram, StatisticSet } from "@shardline/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const WORST = 1 / 32;
const TINY = 2 ** -10;
const SHARES = [0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1];

const samples = fc.array(
  fc.oneof(
    fc.double({ min: 0, max: 100, noNaN: true }),
    fc.double({ min: 0, max: 2 ** 30, maxExcluded: true, noNaN: true }),
    fc.integer({ min: 0, max: 40 }).map((exponent) => 2 ** (exponent - 10)),
    fc.constantFrom(0, TINY, 0.001, 1, 99.999),
  ),
  { minLength: 1, maxLength: 200 },
);

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

function exactQuantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] as number;
}

test("a quantile is within 1/32 of the exact one, or 2^-10 where that is more", () => {
  fc.assert(
    fc.property(samples, (values) => {
      const histogram = histogramOf(values);
      for (const share of SHARES) {
        const exact = exactQuantile(values, share);
        const told = histogram.quantile(share) as number;
        expect(Math.abs(told - exact)).toBeLessThanOrEqual(Math.max(TINY, exact * WORST));
      }
    }),
    { numRuns: 500 },
  );
});

test("count, sum and extremes are exact", () => {
  fc.assert(
    fc.property(samples, (values) => {
      const { count, max, min, sum } = histogramOf(values).statistics;
      expect({ count, max, min }).toEqual({
        count: values.length,
        max: Math.max(...values),
        min: Math.min(...values),
      });
      expect(sum).toBe(values.reduce((total, value) => total + value, 0));
    }),
  );
});

test("merged histograms tell what one of all samples would", () => {
  fc.assert(
    fc.property(samples, samples, (a, b) => {
      const merged = histogramOf(a);
      merged.merge(histogramOf(b));
      const whole = histogramOf([...a, ...b]);
      const { count, max, min, sum } = whole.statistics;
      expect(merged.statistics).toMatchObject({ count, max, min });
      // Added in another order, so rounded in another way.
      expect(Math.abs(merged.statistics.sum - sum)).toBeLessThanOrEqual(sum * 1e-12);
      for (const share of SHARES) expect(merged.quantile(share)).toBe(whole.quantile(share));
    }),
  );
});

test("a sample counted several times is as good as several samples", () => {
  const once = new Histogram();
  once.record(5, 99);
  once.record(80);
  once.record(7, 0);
  const often = histogramOf([...Array<number>(99).fill(5), 80]);
  for (const share of SHARES) expect(once.quantile(share)).toBe(often.quantile(share));
  expect(once.statistics.count).toBe(100);
});

test("the largest sample is exact, and the quantiles of one sample are that sample", () => {
  expect(histogramOf([1, 2, 77.7]).quantile(1)).toBe(77.7);
  for (const share of SHARES) expect(histogramOf([77.7]).quantile(share)).toBe(77.7);
});

test("what is beyond the buckets counts, and its quantile is the largest sample", () => {
  const histogram = histogramOf([1, 2 ** 30, 2 ** 50]);
  expect(histogram.quantile(0.5)).toBe(2 ** 50);
  expect(histogram.quantile(0.1)).toBe(1);
});

test("what is below zero counts as zero", () => {
  expect(histogramOf([-3]).statistics).toMatchObject({ count: 1, sum: 0, min: 0, max: 0 });
});

test("without samples there is no quantile, no least and no largest", () => {
  const cleared = histogramOf([1, 2, 3]);
  cleared.clear();
  for (const empty of [new Histogram(), cleared]) {
    expect(empty.quantile(0.5)).toBeUndefined();
    const { count, max, min, sum } = empty.statistics;
    expect({ count, max, min, sum }).toEqual({ count: 0, max: undefined, min: undefined, sum: 0 });
  }
  cleared.record(9);
  expect(cleared.quantile(0.5)).toBe(9);
});

test("more samples than 32 bits can count are counted", () => {
  const histogram = new Histogram();
  histogram.record(1, 2 ** 33);
  histogram.record(100, 2 ** 32);
  expect(histogram.statistics.count).toBe(3 * 2 ** 32);
  expect(histogram.quantile(0.6)).toBeCloseTo(1, 1);
});

test("a statistic set adds up what others hold, and nothing of an empty one", () => {
  const set = new StatisticSet();
  set.add(3, 2);
  set.merge({ count: 1, sum: -4, min: -4, max: -4 });
  set.merge(new StatisticSet());
  set.add(100, 0);
  const { count, max, min, sum } = set;
  expect({ count, max, min, sum }).toEqual({ count: 3, sum: 2, min: -4, max: 3 });
});
