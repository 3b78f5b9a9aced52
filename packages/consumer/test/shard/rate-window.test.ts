import { describe, expect, test } from "vitest";
import { RateWindow } from "../../src/shard/rate-window.ts";
import { range } from "../support/lease-views.ts";

/** Ten records of 100 bytes each second, `speed` times as fast through the stream as time goes by. */
function steady(seconds: number, speed: number): RateWindow {
  const window = new RateWindow(0);
  for (const second of range(seconds)) {
    const arrivedAtMs = 1e12 + speed * second * 1000;
    window.add({ records: 10, bytes: 1000, arrivedAtMs }, second * 1000);
  }
  return window;
}

describe("rates", () => {
  test("are those of the time since the start, as long as that is less than a minute", () => {
    const rates = steady(10, 3).rates(10_000);
    expect(rates).toEqual({ recordsPerSecond: 10, bytesPerSecond: 1000, speed: 2.7 });
  });

  test("are those of the last minute later, whatever was before", () => {
    const window = steady(600, 1);
    for (const second of range(60)) {
      window.add({ records: 40, bytes: 1, arrivedAtMs: 0 }, 600_000 + second * 1000);
    }
    const { bytesPerSecond, recordsPerSecond } = window.rates(659_999);
    expect(recordsPerSecond).toBeCloseTo(40, 2);
    expect(bytesPerSecond).toBeCloseTo(1, 2);
  });

  test("go down to nothing within a minute without records", () => {
    const window = steady(60, 3);
    const after = [0, 30, 59, 61].map((seconds) => window.rates(60_000 + seconds * 1000));
    const perSecond = after.map(({ recordsPerSecond }) => Math.round(recordsPerSecond));
    expect(perSecond[0]).toBe(10);
    expect(perSecond[1]).toBeLessThan(7);
    expect(perSecond[3]).toBe(0);
    expect(after[3]?.speed).toBeUndefined();
    // What stands still is not fast because it was.
    expect(after[1]?.speed).toBeLessThan(after[0]?.speed ?? 0);
  });

  test("are not guessed from less than a second", () => {
    const window = new RateWindow(0);
    window.add({ records: 500, bytes: 5, arrivedAtMs: 1e12 }, 10);
    expect(window.rates(10)).toEqual({
      recordsPerSecond: 500,
      bytesPerSecond: 5,
      speed: undefined,
    });
  });
});
