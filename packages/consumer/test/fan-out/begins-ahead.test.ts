// A subscription that begins at a time, or at the tip, may begin ahead of where polling is: what lies between is not lost.
import { expect, test } from "vitest";
import { newFanOut } from "../support/fan-out.ts";
import { range } from "../support/lease-views.ts";

/** Records put on either side of the moment at which the second subscription is asked for. */
const MOMENTS = range(12).map((i) => 1100 + i * 100);
const BEHIND_IT_MS = 2250;

test.each(MOMENTS)(
  "a record that comes %i ms after a start at a time that is yet to come, and was refused, is handed on",
  async (atMs) => {
    const { clock, put, read } = newFanOut();
    await put("before");
    await clock.advance(5000);
    const at = { type: "AT_TIMESTAMP", timestampMs: clock.wallTimeMs() + 4000 } as const;
    const { texts } = read({ start: { first: at, again: at, ifRefused: { type: "LATEST" } } });
    await clock.advance(atMs);
    await put("x");
    await clock.advance(Math.max(1, BEHIND_IT_MS - atMs));
    await put("y");
    await clock.advance(30_000);
    expect(texts()).toEqual(["x", "y"]);
  },
);

test.each(MOMENTS)(
  "a record that comes %i ms after a start at the tip is handed on, though the worker's clock is ahead",
  async (atMs) => {
    const { clock, put, read } = newFanOut();
    await put("before");
    await clock.advance(5000);
    const again = { type: "AT_TIMESTAMP", timestampMs: clock.wallTimeMs() + 2050 } as const;
    const { texts } = read({ start: { first: { type: "LATEST" }, again } });
    await clock.advance(atMs);
    await put("x");
    await clock.advance(Math.max(1, BEHIND_IT_MS - atMs));
    await put("y");
    await clock.advance(30_000);
    expect(texts()).toEqual(["x", "y"]);
  },
);
