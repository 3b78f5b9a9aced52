// Every test ends quiet: no socket, server, process or real timer may outlive it. Tests of the packages that
// never touch the platform may not even start a real timer that somebody would have to wait for.
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect } from "vitest";

const LONGEST_REAL_TIMER_MS = 50;
const PURE = /packages\/(core|aggregation|producer|consumer)\/test\//;
/** What vitest itself keeps open or opens at times. */
const OURS_NEVER = new Set([
  "MessagePort",
  "PipeWrap",
  "TTYWrap",
  "FSReqPromise",
  "CloseReq",
  "Immediate",
]);
const GRACE_MS = 1000;

let before = new Map<string, number>();
let longTimers: number[] = [];
const realSetTimeout = globalThis.setTimeout;

beforeEach(() => {
  before = openResources();
  longTimers = [];
  if (!PURE.test(expect.getState().testPath ?? "")) return;
  globalThis.setTimeout = ((...timer: Parameters<typeof setTimeout>) => {
    const [, delayMs = 0] = timer;
    if (delayMs > LONGEST_REAL_TIMER_MS) longTimers.push(delayMs);
    return realSetTimeout(...timer);
  }) as typeof setTimeout;
});

afterEach(async () => {
  globalThis.setTimeout = realSetTimeout;
  expect(longTimers, "real timers started by a test of pure code, in ms").toEqual([]);
  let left = leftOpen();
  for (let waitedMs = 0; left.length > 0 && waitedMs < GRACE_MS; waitedMs += 20) {
    await pause(20);
    left = leftOpen();
  }
  expect(left, "resources that the test left open").toEqual([]);
});

function leftOpen(): string[] {
  return [...openResources()].flatMap(([kind, count]) =>
    count > (before.get(kind) ?? 0) ? [`${kind} x${count - (before.get(kind) ?? 0)}`] : [],
  );
}

function openResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (!OURS_NEVER.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}
