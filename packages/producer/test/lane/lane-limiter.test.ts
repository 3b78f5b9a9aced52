import { describe, expect, it } from "vitest";
import { LaneLimiter } from "../../src/lane/lane-limiter.ts";

const MIB = 1_048_576;
const ones = (count: number): number[] => Array.from({ length: count }, () => 1);

describe("records", () => {
  it("R-bucket: at 100 percent 1,000 leave at once, and then one each millisecond", () => {
    const limiter = new LaneLimiter({ percent: 100 }, 0);
    expect(limiter.countOf(ones(3000), 0)).toBe(1000);
    for (const bytes of ones(1000)) limiter.take(bytes, 0);
    expect(limiter.opensAtMs([1], 0)).toBeCloseTo(1);
    expect(limiter.countOf(ones(3000), 0)).toBe(0);
    expect(limiter.countOf(ones(3000), 500)).toBe(500);
    expect(limiter.countOf(ones(3000), 60_000)).toBe(1000);
  });

  it("R-bucket: at 150 percent the burst is the same, and the pace grows while it is used up", () => {
    const limiter = new LaneLimiter({ percent: 150 }, 0);
    for (const bytes of ones(1000)) limiter.take(bytes, 0);
    let sent = 0;
    for (let nowMs = 0; nowMs < 60_000; nowMs += 100) {
      limiter.opensAtMs(ones(500), nowMs);
      const count = limiter.countOf(ones(500), nowMs);
      for (const bytes of ones(count)) limiter.take(bytes, nowMs);
      if (nowMs >= 59_000) sent += count;
    }
    expect(limiter.factorAt(60_000)).toBe(1.5);
    expect(sent).toBeCloseTo(1500, -1);
  });

  it("R-bucket: leave 25 ms of the pace together once the burst is used up, or all if that is less", () => {
    const limiter = new LaneLimiter({ percent: 100 }, 0);
    for (const bytes of ones(1000)) limiter.take(bytes, 0);
    expect(limiter.opensAtMs(ones(500), 0)).toBeCloseTo(25);
    expect(limiter.opensAtMs(ones(3), 0)).toBeCloseTo(3);
    expect(limiter.countOf(ones(500), 25.001)).toBe(25);
  });

  it("R-aimd: leave more slowly after the shard refused one", () => {
    const limiter = new LaneLimiter({ percent: 100 }, 0);
    for (const bytes of ones(1000)) limiter.take(bytes, 0);
    limiter.slowDown(0);
    expect(limiter.factorAt(0)).toBe(0.8);
    expect(limiter.countOf(ones(3000), 500)).toBe(400);
  });
});

describe("bytes", () => {
  it("R-bucket: a burst of one MiB leaves at once, and then so much each second", () => {
    const limiter = new LaneLimiter({ percent: 100 }, 0);
    expect(limiter.countOf([MIB / 2, MIB / 2, 1], 0)).toBe(2);
    limiter.take(MIB, 0);
    expect(limiter.opensAtMs([MIB / 4], 0)).toBeCloseTo(250);
  });

  it("R-large-debt: a carrier of 5 MiB leaves a full bucket at once, and the next waits 4 s", () => {
    const limiter = new LaneLimiter({ percent: 100 }, 0);
    expect(limiter.opensAtMs([5 * MIB], 0)).toBe(0);
    expect(limiter.countOf([5 * MIB, 1], 0)).toBe(1);
    limiter.take(5 * MIB, 0);
    expect(limiter.opensAtMs([1], 0)).toBeCloseTo(4000, 1);
    expect(limiter.countOf([1], 3999)).toBe(0);
    expect(limiter.countOf([1], 4001)).toBe(1);
  });
});

it("false limits nothing", () => {
  const limiter = new LaneLimiter(false, 0);
  for (let i = 0; i < 5; i += 1) limiter.take(100 * MIB, 0);
  expect(limiter.opensAtMs([100 * MIB], 7)).toBe(7);
  expect(limiter.countOf(ones(3000), 7)).toBe(3000);
  limiter.slowDown(7);
  expect(limiter.factorAt(7)).toBeUndefined();
});
