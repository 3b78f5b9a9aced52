import { expect, test } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { Breather } from "../../src/shard/breather.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { track } from "../support/promises.ts";

test("a pause is due after some time, and lets timers fire that are due", async () => {
  const clock = quietClock();
  const breather = new Breather(clock);
  await clock.advance(99);
  expect(breather.isDue).toBe(false);
  await clock.advance(1);
  expect(breather.isDue).toBe(true);
  let hasFired = false;
  clock.startTimer(0, () => {
    hasFired = true;
  });
  const pause = track(breather.pause(ANY_SIGNAL));
  expect([pause.state(), hasFired]).toEqual(["pending", false]);
  await clock.advance(0);
  expect([pause.state(), hasFired]).toEqual(["resolved", true]);
  expect(breather.isDue).toBe(false);
});

test("all who ask have one pause together, however much they do behind it", async () => {
  const clock = quietClock();
  const breather = new Breather(clock);
  await clock.advance(100);
  const first = track(breather.pause(ANY_SIGNAL));
  expect(breather.isDue).toBe(true);
  const second = track(breather.pause(ANY_SIGNAL));
  let hasWaited = false;
  clock.startTimer(0, () => {
    hasWaited = second.state() === "resolved";
  });
  await clock.advance(0);
  expect([first.state(), second.state(), hasWaited]).toEqual(["resolved", "resolved", true]);
});

test("a shard that is given up does not wait for it", async () => {
  const clock = quietClock();
  const reason = new Error("drained");
  const pause = track(new Breather(clock).pause(AbortSignal.abort(reason)));
  await clock.advance(0);
  expect(pause.reason()).toBe(reason);
});
