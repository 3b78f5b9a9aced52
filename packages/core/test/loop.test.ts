import { type Loop, type LoopNext, type LoopOptions, startLoop } from "@shardline/core";
import type { VirtualClock } from "@shardline/core/testing";
import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { quietClock } from "../../../test/support/quiet-clock.ts";

interface Started {
  readonly clock: VirtualClock;
  readonly loop: Loop;
  readonly stop: AbortController;
  /** When each step began. */
  readonly runs: number[];
}

/** A loop whose nth step, from 1, does as it is told. */
function start(
  step: (run: number, clock: VirtualClock, signal: AbortSignal) => Promise<LoopNext>,
  backoffMs: LoopOptions["backoffMs"] = () => undefined,
): Started {
  const clock = quietClock();
  const stop = new AbortController();
  const runs: number[] = [];
  const loop = startLoop({
    name: "test",
    clock,
    signal: stop.signal,
    backoffMs,
    step: (signal) => {
      runs.push(clock.nowMs());
      return step(runs.length, clock, signal);
    },
  });
  return { clock, loop, stop, runs };
}

async function end({ loop, stop }: Started): Promise<void> {
  stop.abort();
  await loop.done;
}

function wait(clock: VirtualClock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.startTimer(ms, resolve));
}

test("a step runs at once and then after the delay it asked for", async () => {
  const started = start(async () => ({ afterMs: 100 }));
  await started.clock.advance(250);
  expect(started.runs).toEqual([0, 100, 200]);
  await end(started);
});

test("a step that takes its time is never overlapped", async () => {
  const started = start(async (_, clock) => {
    await wait(clock, 300);
    return { afterMs: 100 };
  });
  for (let i = 0; i < 10; i += 1) {
    started.loop.wake();
    await started.clock.advance(50);
  }
  expect(started.runs).toEqual([0, 300]);
  started.stop.abort();
  await started.clock.advance(1000);
  await started.loop.done;
});

test("a wake ends a pause at once", async () => {
  const started = start(async () => ({ afterMs: Number.POSITIVE_INFINITY }));
  await started.clock.advance(500);
  started.loop.wake();
  await started.clock.advance(500);
  expect(started.runs).toEqual([0, 500]);
  await end(started);
});

test("any number of wakes during a step make one more run", async () => {
  const started = start(async (_, clock) => {
    await wait(clock, 100);
    return { afterMs: Number.POSITIVE_INFINITY };
  });
  await started.clock.advance(50);
  for (let i = 0; i < 5; i += 1) started.loop.wake();
  await started.clock.advance(1000);
  expect(started.runs).toEqual([0, 100]);
  await end(started);
});

test("a wake does not shorten a backoff", async () => {
  const started = start(
    async (run) => {
      if (run === 1) throw new Error("not yet");
      return { afterMs: Number.POSITIVE_INFINITY };
    },
    () => 200,
  );
  await started.clock.advance(50);
  started.loop.wake();
  await started.clock.advance(1000);
  expect(started.runs).toEqual([0, 200]);
  await end(started);
});

test("failures in a row are counted, and a success starts the count anew", async () => {
  const counts: number[] = [];
  const started = start(
    async (run) => {
      if (run !== 3) throw new Error(`run ${run}`);
      return { afterMs: 10 };
    },
    (error, failures) => {
      counts.push(failures);
      expect((error as Error).message).toMatch(/^run \d$/);
      return 10;
    },
  );
  await started.clock.advance(45);
  expect(counts).toEqual([1, 2, 1, 2]);
  await end(started);
});

test("a loop ends with the error that it is not to repeat after", async () => {
  const reason = new Error("for good");
  const { clock, loop } = start(async () => {
    throw reason;
  });
  const ended = expect(loop.done).rejects.toBe(reason);
  await clock.advance(0);
  await ended;
});

test("a step can end its loop", async () => {
  const { clock, loop, runs } = start(async (run) => (run === 2 ? "stop" : { afterMs: 5 }));
  await clock.advance(100);
  await loop.done;
  expect(runs).toEqual([0, 5]);
  loop.wake();
});

test("a loop that has ended by itself leaves a signal alone that lives on", async () => {
  const stopped = start(async (run) => (run === 2 ? "stop" : { afterMs: 5 }));
  const failed = start(async () => {
    throw new Error("for good");
  });
  const ended = Promise.allSettled([stopped.loop.done, failed.loop.done]);
  const listeners = () =>
    [stopped, failed].map(({ stop }) => getEventListeners(stop.signal, "abort").length);
  expect(listeners()).toEqual([1, 1]);
  for (const { clock } of [stopped, failed]) await clock.advance(100);
  expect((await ended).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(listeners()).toEqual([0, 0]);
});

test("abort ends a pause and a backoff, and the step under way sees it", async () => {
  const pausing = start(async () => ({ afterMs: 1000 }));
  await pausing.clock.advance(10);
  await end(pausing);
  const backingOff = start(
    async () => {
      throw new Error("again");
    },
    () => 1000,
  );
  await backingOff.clock.advance(10);
  await end(backingOff);
  const stepping = start((_, __, signal) => {
    return new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  });
  await stepping.clock.advance(10);
  await end(stepping);
});

test("an abort before the start keeps the step from running", async () => {
  const clock = quietClock();
  let runs = 0;
  const loop = startLoop({
    name: "test",
    clock,
    signal: AbortSignal.abort(),
    step: async () => {
      runs += 1;
      return "stop";
    },
    backoffMs: () => undefined,
  });
  await loop.done;
  expect(runs).toBe(0);
});
