// Chance, backoff and rates.
import { backoffMs, type Random, shuffled, systemRandom, TokenBucket } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";

function always(value: number): Random {
  return { next: () => value, bytes: (count) => new Uint8Array(count) };
}

test("a backoff doubles with each failure up to its maximum, and is a half to the whole of that", () => {
  const plan = { baseMs: 100, maxMs: 5000 };
  const wholes = [100, 200, 400, 800, 1600, 3200, 5000, 5000];
  for (const [i, whole] of wholes.entries()) {
    expect(backoffMs(plan, i + 1, always(0))).toBe(whole / 2);
    expect(backoffMs(plan, i + 1, always(0.999_999))).toBeCloseTo(whole, 1);
  }
  expect(backoffMs(plan, 100_000, always(0))).toBe(2500);
});

test("a full bucket lets so much pass at once, and then so much each second", () => {
  const bucket = new TokenBucket(10, 5, 1000);
  expect(bucket.readyAtMs(10, 1000)).toBe(1000);
  bucket.take(10, 1000);
  expect(bucket.readyAtMs(1, 1000)).toBe(1200);
  expect(bucket.readyAtMs(5, 1000)).toBe(2000);
  expect(bucket.readyAtMs(1, 1200)).toBe(1200);
  expect(bucket.readyAtMs(10, 60_000)).toBe(60_000);
});

test("more than a bucket holds is let pass when it is full, and owed", () => {
  const bucket = new TokenBucket(10, 10, 0);
  bucket.take(1, 0);
  expect(bucket.readyAtMs(50, 0)).toBe(100);
  bucket.take(50, 100);
  expect(bucket.readyAtMs(1, 100)).toBe(100 + 4100);
});

test("time that goes back gives nothing and takes nothing", () => {
  const bucket = new TokenBucket(10, 10, 1000);
  bucket.take(10, 1000);
  expect(bucket.readyAtMs(1, 500)).toBe(600);
  expect(bucket.readyAtMs(1, 1100)).toBe(1100);
});

test("over any stretch of time no more passes than what a bucket held and what it grew", () => {
  const steps = fc.array(
    fc.record({ cost: fc.integer({ min: 1, max: 20 }), pauseMs: fc.nat({ max: 500 }) }),
  );
  fc.assert(
    fc.property(steps, (asked) => {
      const bucket = new TokenBucket(20, 40, 0);
      let nowMs = 0;
      let passed = 0;
      for (const { cost, pauseMs } of asked) {
        nowMs = Math.max(nowMs + pauseMs, bucket.readyAtMs(cost, nowMs + pauseMs));
        bucket.take(cost, nowMs);
        passed += cost;
        expect(passed).toBeLessThanOrEqual(20 + (40 * nowMs) / 1000 + 1e-6);
      }
    }),
  );
});

test("the same seed draws the same, another seed something else, and a fork of its own", () => {
  const draw = (random: Random): number[] => Array.from({ length: 20 }, () => random.next());
  expect(draw(new SeededRandom(1))).toEqual(draw(new SeededRandom(1)));
  expect(draw(new SeededRandom(1))).not.toEqual(draw(new SeededRandom(2)));
  expect(draw(new SeededRandom(2 ** 32))).not.toEqual(draw(new SeededRandom(0)));
  const parent = new SeededRandom(1);
  const fork = parent.fork();
  const before = draw(fork);
  const again = new SeededRandom(1);
  const sibling = again.fork();
  draw(again);
  expect(draw(sibling)).toEqual(before);
});

test.each<[string, Random]>([
  ["seeded", new SeededRandom(5)],
  ["the system's", systemRandom],
])("%s chance is even, at least 0 and less than 1", (_what, random) => {
  const counts = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 20_000; i += 1) {
    const value = random.next();
    expect(value >= 0 && value < 1).toBe(true);
    (counts[Math.floor(value * 10)] as number) += 1;
  }
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(300);
  expect(random.bytes(100)).toHaveLength(100);
  expect(new Set(random.bytes(1000)).size).toBeGreaterThan(200);
});

test("a shuffle keeps every item, leaves its input alone, and reaches every order", () => {
  const random = new SeededRandom(3);
  const items = Object.freeze([1, 2, 3]);
  const orders = new Set(Array.from({ length: 200 }, () => shuffled(items, random).join("")));
  expect([...orders].sort()).toEqual(["123", "132", "213", "231", "312", "321"]);
  expect(shuffled([], random)).toEqual([]);
});
