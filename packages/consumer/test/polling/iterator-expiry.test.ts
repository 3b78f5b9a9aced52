import { expect, test } from "vitest";
import { explainExpiry, type IteratorWaits } from "../../src/polling/iterator-expiry.ts";

const NONE: IteratorWaits = { waitedForRoomMs: 0, pausedMs: 0, blockedMs: 0, retriedMs: 0 };

test.each([
  ["slow-handler", { waitedForRoomMs: 200_000, pausedMs: 100_000 }, false],
  ["slow-handler", { waitedForRoomMs: 200_000 }, true],
  ["paused", { pausedMs: 300_000, blockedMs: 10 }, false],
  ["event-loop-blocked", { blockedMs: 250_000, retriedMs: 249_999 }, false],
  ["calls-failed", { retriedMs: 240_000 }, false],
  ["lease-table-throttled", { waitedForRoomMs: 59_999 }, true],
  ["unknown", { waitedForRoomMs: 59_999 }, false],
] as const)("%s: %o", (cause, waits, wasTableThrottled) => {
  const diagnosis = explainExpiry({ ...NONE, ...waits }, wasTableThrottled);
  expect(diagnosis.cause).toBe(cause);
  expect(diagnosis.advice).toMatch(/^[a-z].{20,}/);
});
