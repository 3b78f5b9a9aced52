import { describe, expect, it } from "vitest";
import { LaneLimiter } from "../../src/lane/lane-limiter.ts";

const MIB = 1_048_576;
const ones = (records: number) => ({ records, bytes: records, firstBytes: 1 });
const one = (bytes: number) => ({ records: 1, bytes, firstBytes: bytes });

/** Sends so many records of a byte each. */
function send(limiter: LaneLimiter, records: number, nowMs: number): void {
  for (let i = 0; i < records; i += 1) limiter.take(1, nowMs);
}

describe("records", () => {
  it("R-bucket: at 100 percent 1,000 leave at once, and then one each millisecond", () => {
    const limiter = new LaneLimiter({ percent: 100 }, 0);
    expect(limiter.roomAt(0).records).toBe(1000);
    send(limiter, 1000, 0);
    expect(limiter.opensAtMs(ones(1), 0)).toBeCloseTo(1);
    expect(limiter.roomAt(0).records).toBe(0);
    expect(limiter.roomAt(500).records).toBe(500);
    expect(limiter.roomAt(60_000).records).toBe(1000);
  });

  it("R-bucket: at 150 percent the burst is the same, and the pace grows while it is used up", () => {
    const limiter = new LaneLimiter({ percent: 150 }, 0);
    send(limiter, 1000, 0);
    let sent = 0;
    for (let nowMs = 0; nowMs < 60_000; nowMs += 100) {
      limiter.opensAtMs(ones(500), nowMs);
      const count = Math.min(500, Math.floor(limiter.roomAt(nowMs).records));
      send(limiter, count, nowMs);
      if (nowMs >= 59_000) sent += count;
    }
    expect(limiter.factorAt(60_000)).toBe(1.5);
    expect(sent).toBeCloseTo(1500, -1);
  });

  it("R-bucket: leave 25 ms of the pace together once the burst is used up, or all if that is less", () => {
    const limiter = new LaneLimiter({ percent: 100 }, 0);
    send(limiter, 1000, 0);
    expect(limiter.opensAtMs(ones(500), 0)).toBeCloseTo(25);
    expect(limiter.opensAtMs(ones(3), 0)).toBeCloseTo(3);
    expect(Math.floor(limiter.roomAt(25.001).records)).toBe(25);
  });

  it("R-aimd: leave more slowly after the shard refused one", () => {
    const limiter = new LaneLimiter({ percent: 100 }, 0);
    send(limiter, 1000, 0);
    limiter.slowDown(0);
    expect(limiter.factorAt(0)).toBe(0.8);
    expect(limiter.roomAt(500).records).toBeCloseTo(400);
  });
});

describe("bytes", () => {
  it("R-bucket: a burst of one MiB leaves at once, and then so much each second", () => {
    const limiter = new LaneLimiter({ percent: 100 }, 0);
    expect(limiter.roomAt(0).bytes).toBe(MIB);
    limiter.take(MIB, 0);
    expect(limiter.opensAtMs(one(MIB / 4), 0)).toBeCloseTo(250);
  });

  it("R-large-debt: a carrier of 5 MiB leaves a full bucket at once, and the next waits 4 s", () => {
    const limiter = new LaneLimiter({ percent: 100 }, 0);
    expect(limiter.opensAtMs(one(5 * MIB), 0)).toBe(0);
    limiter.take(5 * MIB, 0);
    expect(limiter.opensAtMs(one(1), 0)).toBeCloseTo(4000, 1);
    expect(limiter.opensAtMs(one(1), 4001)).toBe(4001);
  });
});

it("false limits nothing", () => {
  const limiter = new LaneLimiter(false, 0);
  for (let i = 0; i < 5; i += 1) limiter.take(100 * MIB, 0);
  expect(limiter.opensAtMs(one(100 * MIB), 7)).toBe(7);
  expect(limiter.roomAt(7)).toEqual({ records: Infinity, bytes: Infinity });
  limiter.slowDown(7);
  expect(limiter.factorAt(7)).toBeUndefined();
});
