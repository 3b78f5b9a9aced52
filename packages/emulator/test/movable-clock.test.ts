// The clock that tests move.
import { KinesisError, systemClock } from "@shardline/core";
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { quietClock } from "../../../test/support/quiet-clock.ts";
import { MovableClock } from "../src/movable-clock.ts";

test("a clock that is not moved runs like the one below it", async () => {
  const base = quietClock();
  const clock = new MovableClock(base);
  const [wallMs, nowMs] = [clock.wallTimeMs(), clock.nowMs()];
  let fired = 0;
  clock.startTimer(10, () => {
    fired += 1;
  });
  await base.advance(9);
  expect([fired, clock.wallTimeMs() - wallMs, clock.nowMs() - nowMs]).toEqual([0, 9, 9]);
  await base.advance(1);
  expect(fired).toBe(1);
});

test("timers that a move reaches fire in the order of their times, the others come nearer", async () => {
  const base = quietClock();
  const clock = new MovableClock(base);
  const fired: string[] = [];
  clock.startTimer(3000, () => fired.push("third"));
  clock.startTimer(2000, () => fired.push("second"));
  clock.startTimer(1000, () => fired.push("first"));
  using stopped = clock.startTimer(2500, () => fired.push("stopped"));
  stopped[Symbol.dispose]();
  clock.advance(2500);
  await base.advance(0);
  expect(fired).toEqual(["first", "second"]);
  await base.advance(499);
  expect(fired).toHaveLength(2);
  await base.advance(1);
  expect(fired).toEqual(["first", "second", "third"]);
  // What has fired is done with.
  clock.advance(2500);
  await base.advance(0);
  expect(fired).toHaveLength(3);
});

test("a clock that is moved by parts of a millisecond tells whole ones, and loses none of them", () => {
  const base = quietClock();
  const clock = new MovableClock(base);
  const startedAtMs = clock.wallTimeMs();
  const told = [0.6, 0.6, 0.8].map((byMs) => {
    clock.advance(byMs);
    return clock.wallTimeMs() - startedAtMs;
  });
  expect(told).toEqual([0, 1, 2]);
});

test("time does not go back, nor by what is no number", () => {
  const clock = new MovableClock(systemClock);
  for (const byMs of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => clock.advance(byMs)).toThrow(KinesisError);
  }
});

test("an iterator expires at once in an emulator whose clock is moved", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const { ShardIterator } = (await emulator.call("GetShardIterator", {
    StreamName: "orders",
    ShardId: "shardId-000000000000",
    ShardIteratorType: "LATEST",
  })) as { ShardIterator: string };
  await emulator.call("GetRecords", { ShardIterator });
  emulator.clock.advance(300_001);
  await expect(emulator.call("GetRecords", { ShardIterator })).rejects.toThrow("Iterator expired");
});
