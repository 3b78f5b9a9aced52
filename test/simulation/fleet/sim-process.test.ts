import { VirtualClock } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { SimProcess } from "./sim-process.ts";

test("a shorter pause does not end a longer one, and what is due at once waits for its end", async () => {
  const clock = new VirtualClock();
  const process = new SimProcess("p", clock);
  const firedAtMs: number[] = [];
  process.freeze(10_000);
  await clock.advance(1000);
  process.freeze(2000);
  process.startTimer(0, () => firedAtMs.push(clock.nowMs()));
  await clock.advance(8999);
  expect(process.isFrozen).toBe(true);
  expect(firedAtMs).toEqual([]);
  await clock.advance(1);
  expect(process.isFrozen).toBe(false);
  expect(firedAtMs).toEqual([10_000]);
});
