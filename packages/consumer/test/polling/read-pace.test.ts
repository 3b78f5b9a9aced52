import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReadPace } from "../../src/polling/read-pace.ts";
import { range } from "../support/lease-views.ts";

const RATES = { idleMs: 1000, readsPerSecond: 4, bytesPerSecond: 1000 };

describe("while it lags behind", () => {
  test("a shard is read at once, then as often as it may be", () => {
    const pace = new ReadPace(RATES, 0.5);
    expect(pace.nextReadAtMs(7)).toBeLessThanOrEqual(7);
    pace.noteRead(7);
    pace.noteAnswer(0, false, 20);
    expect(pace.nextReadAtMs(20)).toBe(257);
  });

  test("small answers do not hold it up, until a second's worth of bytes is owed: then all are paid for", () => {
    const pace = new ReadPace(RATES, 0);
    pace.noteRead(0);
    pace.noteAnswer(600, false, 10);
    expect(pace.nextReadAtMs(10)).toBe(250);
    pace.noteRead(250);
    pace.noteAnswer(700, false, 260);
    // Owed: 1300 ms since 10 ms.
    expect(pace.nextReadAtMs(260)).toBe(1310);
  });

  test("84 ten-mb-reply: after an answer of five seconds' worth the next read waits five seconds", () => {
    const pace = new ReadPace(RATES, 0);
    pace.noteRead(0);
    pace.noteAnswer(5000, false, 100);
    expect(pace.nextReadAtMs(100)).toBe(5100);
  });
});

describe("a refusal", () => {
  test("halves the rate, again and again down to an eighth, and it grows back within a minute", () => {
    const pace = new ReadPace(RATES, 0);
    const periodsMs = range(5).map(() => {
      pace.noteRead(0);
      pace.noteThrottled(0);
      return pace.nextReadAtMs(0);
    });
    expect(periodsMs).toEqual([500, 1000, 2000, 2000, 2000]);
    pace.noteRead(22_500);
    expect(pace.nextReadAtMs(22_500)).toBe(22_500 + 500);
    pace.noteRead(60_000);
    expect(pace.nextReadAtMs(60_000)).toBe(60_250);
  });

  test("is remembered for a minute from when it came, whatever the clock began with", () => {
    const beganAtMs = 1e9;
    const pace = new ReadPace(RATES, 0);
    pace.noteRead(beganAtMs);
    pace.noteThrottled(beganAtMs);
    expect(pace.nextReadAtMs(beganAtMs)).toBe(beganAtMs + 500);
    pace.noteRead(beganAtMs + 15_000);
    expect(pace.nextReadAtMs(beganAtMs + 15_000) - beganAtMs).toBeCloseTo(15_000 + 250 / 0.75, 3);
  });

  test("makes bytes weigh as much more", () => {
    const pace = new ReadPace(RATES, 0);
    pace.noteThrottled(0);
    pace.noteAnswer(1000, false, 0);
    expect(pace.nextReadAtMs(0)).toBe(2000);
  });
});

describe("85 idle-shard: a shard that has caught up", () => {
  test("is read when its turn comes, however long a read takes", () => {
    const pace = new ReadPace(RATES, 0.4);
    pace.noteRead(100);
    pace.noteAnswer(0, true, 900);
    expect(pace.nextReadAtMs(900)).toBe(400);
    pace.noteRead(900);
    pace.noteAnswer(0, true, 910);
    expect(pace.nextReadAtMs(910)).toBe(1400);
  });

  test("is read once in a turn by a timer that fires a little early", () => {
    const pace = new ReadPace(RATES, 0.4);
    pace.noteRead(1399.2);
    pace.noteAnswer(0, true, 1420);
    expect(pace.nextReadAtMs(1420)).toBe(2400);
  });

  test("comes back to its turn after all shards were held up together", () => {
    const paces = range(10).map((i) => new ReadPace(RATES, i / 10));
    for (const pace of paces) {
      pace.noteRead(5000);
      pace.noteAnswer(0, true, 5010);
    }
    const next = paces.map((pace) => pace.nextReadAtMs(5010));
    expect(new Set(next).size).toBe(10);
    expect(Math.min(...next)).toBeGreaterThanOrEqual(5250);
    expect(Math.max(...next)).toBeLessThanOrEqual(6250);
  });
});

test("S16: whatever comes, no two reads are closer than the rate allows, and no second's reads exceed the bytes", () => {
  const answers = fc.array(
    fc.record({
      bytes: fc.integer({ min: 0, max: 5000 }),
      hasCaughtUp: fc.boolean(),
      isThrottled: fc.boolean(),
      callMs: fc.integer({ min: 0, max: 300 }),
    }),
    { maxLength: 50 },
  );
  fc.assert(
    fc.property(answers, fc.double({ min: 0, max: 1, noNaN: true }), (all, phase) => {
      const pace = new ReadPace(RATES, phase);
      let nowMs = 0;
      let lastReadAtMs = Number.NEGATIVE_INFINITY;
      let read = 0;
      for (const { bytes, callMs, hasCaughtUp, isThrottled } of all) {
        nowMs = Math.max(nowMs, pace.nextReadAtMs(nowMs));
        expect(nowMs - lastReadAtMs).toBeGreaterThanOrEqual(250 - 1e-6);
        // Less than a second is owed at any read.
        expect(read - nowMs).toBeLessThan(1000);
        lastReadAtMs = nowMs;
        pace.noteRead(nowMs);
        nowMs += callMs;
        if (isThrottled) pace.noteThrottled(nowMs);
        else {
          pace.noteAnswer(bytes, hasCaughtUp, nowMs);
          read = Math.max(read, nowMs) + bytes;
        }
      }
    }),
  );
});
