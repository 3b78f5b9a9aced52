import { expect, it } from "vitest";
import { type Growth, HeapLog } from "./heap-log.ts";

const MIB = 1024 * 1024;

/** A sample every ten seconds; the heap by minutes. */
function growthOver(minutes: number, mibAt: (minute: number) => number): Growth {
  const log = new HeapLog();
  for (let minute = 0; minute <= minutes; minute += 1 / 6) {
    log.add(minute * 60_000, mibAt(minute) * MIB);
  }
  return log.growth();
}

it("Z-soak: a heap that grows by more than 1 MiB in ten minutes of an hour's second half grows too much", () => {
  const { grewBy, mayGrowBy } = growthOver(60, (minute) => 20 + minute * 0.11);
  expect(grewBy).toBeCloseTo(3.3, 1);
  expect(mayGrowBy).toBeCloseTo(3, 1);
});

it("Z-soak: what the heap takes in the first half, and what comes and goes, is no growth", () => {
  const { grewBy } = growthOver(
    60,
    (minute) => Math.min(50, 20 + minute) + (minute % 2 < 1 ? 1 : 0),
  );
  expect(Math.abs(grewBy)).toBeLessThan(0.3);
});

it("Z-soak: a run of ten minutes may grow by 3 MiB in all, one that is still warming up by 6", () => {
  expect(growthOver(10, () => 20).mayGrowBy).toBe(3);
  expect(growthOver(2, () => 20).mayGrowBy).toBe(6);
});
