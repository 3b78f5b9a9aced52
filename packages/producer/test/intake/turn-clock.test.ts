import { expect, it } from "vitest";
import { TurnClock } from "../../src/intake/turn-clock.ts";

function newClock(): { clock: TurnClock; readings: () => number } {
  let readings = 0;
  const clock = new TurnClock({ nowMs: () => ++readings });
  return { clock, readings: () => readings };
}

it("is read once for what is put without a pause", () => {
  const { clock, readings } = newClock();
  const times = Array.from({ length: 128 }, () => clock.nowMs());
  expect(new Set(times)).toEqual(new Set([1]));
  expect(readings()).toBe(1);
});

it("is read anew after a turn, and in a turn that does not end", async () => {
  const { clock } = newClock();
  expect(clock.nowMs()).toBe(1);
  await Promise.resolve();
  expect(clock.nowMs()).toBe(2);
  const times = Array.from({ length: 400 }, () => clock.nowMs());
  expect(times.at(-1)).toBe(5);
  expect(times.toSorted((a, b) => a - b)).toEqual(times);
});
