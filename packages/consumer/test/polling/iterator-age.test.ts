import type { Clock } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { failed } from "../support/failures.ts";
import { failing, newReading } from "../support/polling.ts";

describe("79 expired-iterator: what an iterator grew too old by is told", () => {
  test("the shard was paused", async () => {
    const { clock, put, read, told } = newReading();
    await put("a", "b");
    const { stop, texts } = read({
      policy: { maxRecords: 1 },
      handle: () => new Promise((resolve) => void clock.startTimer(360_000, resolve)),
    });
    await clock.advance(361_000);
    expect(texts()).toEqual(["a", "b"]);
    expect(told.of("readFailed")).toEqual([]);
    expect(told.of("iteratorExpired")).toMatchObject([
      { how: "given-up", cause: "paused", ageMs: 360_000, pausedMs: 360_000 },
    ]);
    stop.abort();
    await clock.advance(360_000);
  });

  test("the handler was slow: there was no room for the next fetch", async () => {
    const { clock, put, read, told } = newReading();
    await put("a", "b");
    let reserved = 0;
    const { texts } = read({
      policy: { maxRecords: 1 },
      room: {
        reserve: async ({ maxRecords }) => {
          reserved += 1;
          if (reserved === 2) {
            await new Promise<void>((resolve) => void clock.startTimer(300_000, resolve));
          }
          return maxRecords;
        },
        cancel: () => undefined,
      },
    });
    await clock.advance(301_000);
    expect(texts()).toEqual(["a", "b"]);
    expect(told.of("iteratorExpired")).toMatchObject([
      { how: "given-up", cause: "slow-handler", waitedForRoomMs: 300_000 },
    ]);
  });

  test("the process did not run", async () => {
    const { clock, put, read, told } = newReading();
    await put("a", "b");
    let blockedMs = 280_000;
    // A timer that fires late is what a process sees of not having run.
    const late: Clock = {
      wallTimeMs: () => clock.wallTimeMs(),
      nowMs: () => clock.nowMs(),
      startTimer: (delayMs, onFire) => {
        const timer = clock.startTimer(delayMs + blockedMs, onFire);
        blockedMs = 0;
        return timer;
      },
    };
    const { texts } = read({ policy: { maxRecords: 1 }, time: late });
    await clock.advance(290_000);
    expect(texts()).toEqual(["a", "b"]);
    expect(told.of("iteratorExpired")).toMatchObject([
      { how: "given-up", cause: "event-loop-blocked", blockedMs: 280_000 },
    ]);
  });

  test("a call took so long that the service refused the iterator", async () => {
    const { clock, put, read, told } = newReading();
    await put("a");
    let calls = 0;
    const { texts } = read({
      faults: {
        getRecords: async (next, ...args) => {
          calls += 1;
          if (calls > 1) return next(...args);
          await new Promise<void>((resolve) => void clock.startTimer(301_000, resolve));
          return next(...args);
        },
      },
    });
    await clock.advance(303_000);
    expect(texts()).toEqual(["a"]);
    expect(told.of("iteratorExpired")).toMatchObject([
      { how: "refused", cause: "event-loop-blocked", ageMs: 301_000, blockedMs: 301_000 },
    ]);
  });

  test("calls to Kinesis failed for minutes", async () => {
    const { clock, put, read, told } = newReading();
    await put("a");
    const { texts } = read({
      faults: {
        getRecords: async (next, ...args) => {
          if (clock.nowMs() < 250_000) throw failed("transient");
          return next(...args);
        },
      },
    });
    await clock.advance(300_000);
    expect(texts()).toEqual(["a"]);
    expect(told.of("iteratorExpired")).toMatchObject([{ how: "given-up", cause: "calls-failed" }]);
  });

  test.each([
    ["lease-table-throttled", 0],
    ["unknown", undefined],
  ] as const)("%s: it was refused in its first minutes", async (cause, tableThrottledAtMs) => {
    const { clock, put, read, told } = newReading();
    await put("a");
    const throttled = tableThrottledAtMs === undefined ? {} : { tableThrottledAtMs };
    const { texts } = read({ ...throttled, faults: { getRecords: failing(failed("expired")) } });
    await clock.advance(1000);
    expect(texts()).toEqual(["a"]);
    expect(told.of("iteratorExpired")).toMatchObject([{ how: "refused", cause }]);
  });

  test("what the iterator before it was kept waiting by is not to blame", async () => {
    const { clock, put, read, told } = newReading();
    await put("a", "b", "c");
    let handled = 0;
    let calls = 0;
    const { texts } = read({
      policy: { maxRecords: 1 },
      handle: async () => {
        handled += 1;
        if (handled > 1) return;
        await new Promise<void>((resolve) => void clock.startTimer(100_000, resolve));
      },
      faults: {
        getRecords: async (next, ...args) => {
          calls += 1;
          if (calls === 3) throw failed("expired");
          return next(...args);
        },
      },
    });
    await clock.advance(102_000);
    expect(texts()).toEqual(["a", "b", "c"]);
    expect(told.of("iteratorExpired")).toMatchObject([{ cause: "unknown", pausedMs: 0 }]);
  });

  test("one that is refused long after the lease table was throttled is not blamed on it", async () => {
    const { clock, put, read, told } = newReading();
    await put("a");
    await clock.advance(100_000);
    read({ tableThrottledAtMs: 30_000, faults: { getRecords: failing(failed("expired")) } });
    await clock.advance(1000);
    expect(told.of("iteratorExpired")).toMatchObject([{ cause: "unknown" }]);
  });
});
