// A subscription that begins at a time, or at the tip, may begin ahead of where polling is: what lies between is not lost.
import { sleep } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { ReadStart } from "../../src/shard/shard-reader.ts";
import { newFanOut } from "../support/fan-out.ts";
import { range } from "../support/lease-views.ts";

/** Records put on either side of the moment at which the second subscription is asked for. */
const MOMENTS = range(12).map((i) => 1100 + i * 100);
const BEHIND_IT_MS = 2250;

const at = (timestampMs: number) => ({ type: "AT_TIMESTAMP", timestampMs }) as const;

describe.each<[what: string, start: (nowMs: number) => ReadStart]>([
  [
    "at a time that is yet to come, and was refused",
    (nowMs) => {
      const later = at(nowMs + 4000);
      return { first: later, again: later, ifRefused: { type: "LATEST" } };
    },
  ],
  [
    "at the tip, by a worker whose clock is ahead",
    (nowMs) => ({ first: { type: "LATEST" }, again: at(nowMs + 2050) }),
  ],
])("after a start %s", (_, startAt) => {
  test.each(MOMENTS)("a record that comes %i ms later is handed on", async (atMs) => {
    const { clock, put, read } = newFanOut();
    await put("before");
    await clock.advance(5000);
    const { texts } = read({ start: startAt(clock.wallTimeMs()) });
    await clock.advance(atMs);
    await put("x");
    await clock.advance(Math.max(1, BEHIND_IT_MS - atMs));
    await put("y");
    await clock.advance(30_000);
    expect(texts()).toEqual(["x", "y"]);
  });
});

/** Either side of the places of reads, and of the time at which the subscription begins. */
const AROUND_IT = range(8).map((i) => 1600 + i * 100);

test.each(AROUND_IT)(
  "a read that was asked for before it brought something proves nothing: %i ms",
  async (atMs) => {
    const { clock, put, read } = newFanOut({
      calls: {
        getRecords: async (next, request, signal) => {
          const answer = await next(request, signal);
          await sleep(clock, 1500, signal);
          return answer;
        },
      },
    });
    await put("before");
    await clock.advance(5000);
    const { texts } = read({
      start: { first: { type: "LATEST" }, again: at(clock.wallTimeMs() + 2050) },
    });
    await clock.advance(atMs);
    await put("x");
    await clock.advance(200);
    await put("y");
    await clock.advance(30_000);
    expect(texts()).toEqual(["x", "y"]);
  },
);
