import { startLoop } from "@shardline/core";
import { expect, test } from "vitest";
import { quietClock } from "../../../test/support/quiet-clock.ts";

const noBackoff = (): undefined => undefined;

test("a step runs at once and then after the delay it asked for", async () => {
  const clock = quietClock();
  const stop = new AbortController();
  const runs: number[] = [];
  const loop = startLoop({
    name: "test",
    clock,
    signal: stop.signal,
    step: async () => {
      runs.push(clock.nowMs());
      return { afterMs: 100 };
    },
    backoffMs: noBackoff,
  });
  await clock.advance(250);
  expect(runs).toEqual([0, 100, 200]);
  stop.abort();
  await loop.done;
});
