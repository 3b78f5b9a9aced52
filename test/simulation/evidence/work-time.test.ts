import { expect, test } from "vitest";
import { Journal } from "./journal.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { WorkTime } from "./work-time.ts";

type Life = Extract<JournalEntry, { kind: "life" }>["what"];

/** What workers ran until the 100th millisecond, after what befell them. */
function workedMs(
  ...lives: readonly [atMs: number, process: string, what: Life, forMs?: number][]
) {
  let nowMs = 0;
  const journal = new Journal(() => nowMs);
  const workTime = new WorkTime();
  journal.watch(workTime);
  for (const [atMs, process, what, forMs = 0] of lives) {
    nowMs = atMs;
    journal.write({ kind: "life", process, what, forMs });
  }
  const sumMs = workTime.untilMs(100);
  expect(workTime.untilMs(100)).toBe(sumMs);
  return sumMs;
}

test("workers run from their start to their end, and all of them are summed up", () => {
  expect(workedMs([10, "worker-1", "started"], [40, "worker-2", "started"])).toBe(150);
  expect(workedMs([10, "worker-1", "started"], [30, "worker-1", "killed"])).toBe(20);
  const told = [20, "worker-1", "told to stop"] as const;
  expect(workedMs([10, "worker-1", "started"], [...told], [25, "worker-1", "stopped"])).toBe(15);
});

test("standing still is no running, however often it is told to and whatever becomes of it", () => {
  const started = (): [number, string, Life] => [0, "worker-1", "started"];
  expect(workedMs(started(), [10, "worker-1", "paused", 50])).toBe(50);
  expect(workedMs(started(), [10, "worker-1", "paused", 50], [20, "worker-1", "paused", 5])).toBe(
    50,
  );
  expect(workedMs(started(), [10, "worker-1", "paused", 50], [20, "worker-1", "paused", 60])).toBe(
    30,
  );
  expect(workedMs(started(), [10, "worker-1", "paused", 50], [20, "worker-1", "killed"])).toBe(10);
  expect(workedMs(started(), [90, "worker-1", "paused", 50])).toBe(90);
});

test("who comes back under its name runs again; others than our workers do not count", () => {
  const back: [number, string, Life] = [60, "worker-1", "started"];
  expect(workedMs([0, "worker-1", "started"], [20, "worker-1", "killed"], back)).toBe(60);
  expect(workedMs([0, "producer-1", "started"], [0, "kcl-1", "started"])).toBe(0);
});
