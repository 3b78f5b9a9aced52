import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RateTracker } from "../../src/lane/rate-tracker.ts";

describe("R-aimd: the factor", () => {
  it("starts at 1, or at the maximum if that is less", () => {
    expect(new RateTracker(1.5, 0).factorAt(0)).toBe(1);
    expect(new RateTracker(0.6, 0).factorAt(0)).toBe(0.6);
  });

  it("falls to four fifths with a throttle, at most once in 500 ms, and not below 0.05", () => {
    const rate = new RateTracker(1.5, 0);
    for (const atMs of [0, 1, 499]) rate.cut(atMs);
    expect(rate.factorAt(499)).toBe(0.8);
    rate.cut(500);
    expect(rate.factorAt(500)).toBeCloseTo(0.64);
    for (let i = 2; i < 40; i += 1) rate.cut(i * 500);
    expect(rate.factorAt(20_000)).toBe(0.05);
  });

  it("never falls below a maximum that is less than 0.05, nor rises above it", () => {
    const rate = new RateTracker(0.01, 0);
    rate.cut(0);
    rate.hold(0, 10_000);
    expect([rate.factorAt(0), rate.factorAt(10_000)]).toEqual([0.01, 0.01]);
  });

  it("rises by 0.05 with each full second in which the lane was held back, up to the maximum", () => {
    const rate = new RateTracker(1.12, 0);
    rate.hold(10, 15);
    expect(rate.factorAt(999)).toBe(1);
    expect(rate.factorAt(1000)).toBeCloseTo(1.05);
    expect(rate.factorAt(9000)).toBeCloseTo(1.05);
    rate.hold(9100, 12_500);
    expect(rate.factorAt(10_000)).toBeCloseTo(1.1);
    expect(rate.factorAt(60_000)).toBeCloseTo(1.12);
  });

  it("does not rise in a second with a throttle: the second begins anew", () => {
    const rate = new RateTracker(1.5, 0);
    rate.hold(0, 60_000);
    rate.cut(900);
    expect(rate.factorAt(1899)).toBeCloseTo(0.8);
    expect(rate.factorAt(1900)).toBeCloseTo(0.85);
    // Too soon after the last to cut again, and a throttle all the same.
    rate.cut(2000);
    rate.cut(2400);
    expect(rate.factorAt(3399)).toBeCloseTo(0.85 * 0.8);
    expect(rate.factorAt(3400)).toBeCloseTo(0.85 * 0.8 + 0.05);
  });
});

it("R-aimd: read seldom or often, the factor is the same, and within its bounds", () => {
  const step = fc.record({
    afterMs: fc.integer({ min: 0, max: 5000 }),
    what: fc.constantFrom("hold", "cut", "none"),
    forMs: fc.integer({ min: 0, max: 8000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const [often, seldom] = [new RateTracker(1.5, 0), new RateTracker(1.5, 0)];
      let nowMs = 0;
      for (const { afterMs, forMs, what } of steps) {
        for (let i = 1; i <= 5; i += 1) often.factorAt(nowMs + (afterMs * i) / 5);
        nowMs += afterMs;
        for (const rate of [often, seldom]) {
          if (what === "hold") rate.hold(nowMs, nowMs + forMs);
          if (what === "cut") rate.cut(nowMs);
        }
      }
      expect(often.factorAt(nowMs)).toBeCloseTo(seldom.factorAt(nowMs), 9);
      expect(often.factorAt(nowMs)).toBeGreaterThanOrEqual(0.05);
      expect(often.factorAt(nowMs)).toBeLessThanOrEqual(1.5);
    }),
  );
});
