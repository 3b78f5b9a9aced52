import { Histogram, StatisticSet } from "@shardline/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { SecondRing } from "../../src/metrics/second-ring.ts";

const samples = fc.array(
  fc.record({ afterSeconds: fc.nat({ max: 70 }), value: fc.integer({ min: -5, max: 1000 }) }),
  { maxLength: 80 },
);

test("a window holds exactly the samples of its seconds", () => {
  fc.assert(
    fc.property(
      samples,
      fc.integer({ min: 1, max: 60 }),
      fc.nat({ max: 70 }),
      (steps, seconds, later) => {
        const ring = new SecondRing();
        const kept: { second: number; value: number }[] = [];
        let second = 0;
        for (const { afterSeconds, value } of steps) {
          second += afterSeconds;
          const set = new StatisticSet();
          set.add(value);
          ring.add(second, set);
          kept.push({ second, value });
        }
        second += later;
        const expected = new StatisticSet();
        for (const { second: at, value } of kept) if (at > second - seconds) expected.add(value);
        const { count, max, min, sum } = ring.read(second, seconds);
        expect([count, sum, min, max]).toEqual([
          expected.count,
          expected.sum,
          expected.min,
          expected.max,
        ]);
      },
    ),
    { numRuns: 500 },
  );
});

test("percentiles of a window are those of its seconds alone", () => {
  const ring = new SecondRing();
  for (let second = 0; second < 200; second += 1) {
    const all = new Histogram();
    all.record(second);
    ring.addAll(second, all);
  }
  expect(ring.readAll(199, 1).quantile(0.5)).toBe(199);
  expect(ring.readAll(199, 60).quantile(0)).toBe(140);
  expect(ring.readAll(199, 60).statistics.count).toBe(60);
  expect(ring.readAll(300, 60).quantile(0.5)).toBeUndefined();
});
