import { isDate, processName, systemClock, toDate } from "@shardline/core";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

describe("a virtual clock", () => {
  test("fires timers in the order of their times, and of their start where these are the same", async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    const start = (name: string, delayMs: number): Disposable =>
      clock.startTimer(delayMs, () => fired.push(`${name} at ${clock.nowMs()}`));
    start("c", 30);
    start("a", 10);
    start("b", 10);
    start("at once", -5);
    await clock.advance(29);
    expect(fired).toEqual(["at once at 0", "a at 10", "b at 10"]);
    expect(clock.pendingTimers).toBe(1);
    expect(clock.nextTimerAtMs).toBe(30);
    await clock.advance(1);
    expect(fired.at(-1)).toBe("c at 30");
    expect(clock.nextTimerAtMs).toBe(Number.POSITIVE_INFINITY);
    expect(clock.nowMs()).toBe(30);
  });

  test("lets promises settle before and after each timer, however long their chains are", async () => {
    const clock = new VirtualClock();
    const story: string[] = [];
    clock.startTimer(10, () => {
      story.push("timer");
      void (async () => {
        for (let i = 0; i < 100; i += 1) await Promise.resolve();
        story.push("chain");
        clock.startTimer(0, () => story.push("nested"));
      })();
    });
    clock.startTimer(11, () => story.push("next timer"));
    await clock.advance(20);
    expect(story).toEqual(["timer", "chain", "nested", "next timer"]);
  });

  test("forgets a timer that is disposed of, also after it has fired", async () => {
    const clock = new VirtualClock();
    let fired = 0;
    const timers = [10, 20, 20, 30].map((delayMs) => clock.startTimer(delayMs, () => (fired += 1)));
    timers[1]?.[Symbol.dispose]();
    timers[1]?.[Symbol.dispose]();
    await clock.advance(25);
    timers[0]?.[Symbol.dispose]();
    expect(fired).toBe(2);
    expect(clock.pendingTimers).toBe(1);
    timers[3]?.[Symbol.dispose]();
    await clock.advance(100);
    expect(fired).toBe(2);
  });

  test("tells a wall time that runs with it, from where it is told to start", async () => {
    const clock = new VirtualClock(5000);
    await clock.advance(250);
    expect(clock.wallTimeMs()).toBe(5250);
    await clock.fireNext();
    expect(clock.nowMs()).toBe(250);
  });

  test("keeps a thousand timers in order", async () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    for (let i = 0; i < 1000; i += 1) {
      const delayMs = (i * 7919) % 1000;
      clock.startTimer(delayMs, () => fired.push(delayMs));
    }
    await clock.advance(1000);
    expect(fired).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  test("keeps the order however many are disposed of in between, and holds none of those", async () => {
    const clock = new VirtualClock();
    const random = new SeededRandom(1);
    const fired: string[] = [];
    const waiting = new Map<string, { readonly atMs: number; readonly timer: Disposable }>();
    for (let i = 0; i < 2000; i += 1) {
      const atMs = Math.floor(random.next() * 100);
      const name = `${i}`;
      waiting.set(name, { atMs, timer: clock.startTimer(atMs, () => fired.push(name)) });
      const [oldest] = waiting.keys();
      if (oldest === undefined || random.next() < 0.5) continue;
      const gone = random.next() < 0.5 ? oldest : name;
      waiting.get(gone)?.timer[Symbol.dispose]();
      waiting.delete(gone);
    }
    expect(clock.pendingTimers).toBe(waiting.size);
    await clock.advance(100);
    // Sorting keeps the order of start where times are the same.
    const inOrder = [...waiting].sort(([, a], [, b]) => a.atMs - b.atMs);
    expect(fired).toEqual(inOrder.map(([name]) => name));
  });

  test("runs until a time or a condition, and lets promises settle before each look at it", async () => {
    const clock = new VirtualClock();
    let chains = 0;
    for (let i = 1; i <= 1000; i += 1) {
      clock.startTimer(i, () => {
        void (async () => {
          for (let j = 0; j < 10; j += 1) await Promise.resolve();
          chains += 1;
        })();
      });
    }
    // In the midst of a turn of the event loop, in which many timers fire.
    await clock.runUntil(Number.POSITIVE_INFINITY, () => chains === 300);
    expect([clock.nowMs(), clock.pendingTimers]).toEqual([300, 700]);
    await clock.runUntil(450.5, () => chains < 300);
    expect([clock.nowMs(), chains]).toEqual([450, 450]);
  });

  test("lets what process.nextTick was given run between two timers as well", async () => {
    const clock = new VirtualClock();
    const story: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      clock.startTimer(i, () => {
        story.push(`timer ${i}`);
        void Promise.resolve().then(() => process.nextTick(() => story.push(`tick ${i}`)));
      });
    }
    await clock.advance(4);
    expect(story).toEqual([0, 1, 2, 3].flatMap((i) => [`timer ${i}`, `tick ${i}`]));
  });

  test("tells what a timer throws, and can go on", async () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      clock.startTimer(i, () => {
        if (i === 3) throw new Error("the third");
        fired.push(i);
      });
    }
    await expect(clock.advance(10)).rejects.toThrow("the third");
    expect(fired).toEqual([0, 1, 2]);
    await clock.advance(10);
    expect(fired).toEqual([0, 1, 2, 4, 5]);
  });
});

describe("the system's clock", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("fires once, unless it is disposed of", () => {
    let fired = 0;
    systemClock.startTimer(100, () => (fired += 1));
    systemClock.startTimer(100, () => (fired += 1))[Symbol.dispose]();
    vi.advanceTimersByTime(1000);
    expect(fired).toBe(1);
  });

  test("waits longer than setTimeout can, and can be disposed of on the way", () => {
    const MONTH_MS = 31 * 86_400_000;
    let fired = 0;
    systemClock.startTimer(MONTH_MS, () => (fired += 1));
    const other = systemClock.startTimer(MONTH_MS, () => (fired += 10));
    vi.advanceTimersByTime(MONTH_MS - 1);
    expect(fired).toBe(0);
    other[Symbol.dispose]();
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("the system's times are epoch milliseconds and a time that never goes back", () => {
  expect(Math.abs(systemClock.wallTimeMs() - Date.now())).toBeLessThan(1000);
  const before = systemClock.nowMs();
  expect(systemClock.nowMs()).toBeGreaterThanOrEqual(before);
});

test("dates are dates, and valid", () => {
  expect(toDate(5).getTime()).toBe(5);
  expect([new Date(), new Date(Number.NaN), "2026-11-21", 5].map(isDate)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test("a process is named by its host and its id", () => {
  expect(processName()).toMatch(new RegExp(`^[^:]+:${process.pid}$`));
});
