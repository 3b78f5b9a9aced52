import { VirtualClock } from "@shardline/core/testing";
import { expect, it } from "vitest";
import { Alarm } from "../src/alarm.ts";

function newAlarm(): { alarm: Alarm; clock: VirtualClock; rings: number[] } {
  const clock = new VirtualClock();
  const rings: number[] = [];
  return { alarm: new Alarm(clock, () => void rings.push(clock.nowMs())), clock, rings };
}

it("rings once, at the time it was set to", async () => {
  const { alarm, clock, rings } = newAlarm();
  await clock.advance(5);
  alarm.set(12);
  await clock.advance(100);
  expect(rings).toEqual([12]);
});

it("has one timer, however often it is set", async () => {
  const { alarm, clock, rings } = newAlarm();
  for (const atMs of [50, 20, 20, 80, 30]) alarm.set(atMs);
  expect(clock.pendingTimers).toBe(1);
  await clock.advance(100);
  expect(rings).toEqual([30]);
});

it("set to ring no later rings at the earlier of both times", async () => {
  const { alarm, clock, rings } = newAlarm();
  alarm.setNoLaterThan(40);
  alarm.setNoLaterThan(60);
  alarm.setNoLaterThan(30);
  await clock.advance(100);
  expect(rings).toEqual([30]);
});

it("does not ring when it is set to Infinity, and keeps no timer", async () => {
  const { alarm, clock, rings } = newAlarm();
  alarm.set(10);
  alarm.set(Infinity);
  expect(clock.pendingTimers).toBe(0);
  await clock.advance(100);
  expect(rings).toEqual([]);
});

it("can be set again to the time at which it rang", async () => {
  const { alarm, clock, rings } = newAlarm();
  alarm.set(10);
  await clock.advance(10);
  alarm.set(10);
  await clock.advance(0);
  expect(rings).toEqual([10, 10]);
  alarm.setNoLaterThan(15);
  await clock.advance(10);
  expect(rings).toEqual([10, 10, 15]);
});

it("rings at once for a time that has passed", async () => {
  const { alarm, clock, rings } = newAlarm();
  await clock.advance(10);
  alarm.set(3);
  await clock.advance(0);
  expect(rings).toEqual([10]);
});
