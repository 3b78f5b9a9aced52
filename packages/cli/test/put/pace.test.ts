import { VirtualClock } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { Pace } from "../../src/put/pace.ts";

async function passed(pace: Pace, clock: VirtualClock, forMs: number): Promise<number> {
  const stop = new AbortController();
  let count = 0;
  const lines = (async () => {
    for (;;) {
      await pace.next(stop.signal);
      count += 1;
    }
  })();
  lines.catch(() => undefined);
  await clock.advance(forMs);
  stop.abort(new Error("enough"));
  await expect(lines).rejects.toThrow("enough");
  return count;
}

test.each([
  [0.5, 5],
  [10, 100],
  [5000, 50_000],
])("at %d a second, %d lines pass in ten seconds", async (perSecond, lines) => {
  const clock = new VirtualClock();
  const count = await passed(new Pace(perSecond, clock), clock, 10_000);
  expect(count).toBeGreaterThanOrEqual(lines);
  // The burst at the start is a twentieth of a second's.
  expect(count).toBeLessThanOrEqual(lines + Math.max(1, perSecond / 20));
});
