// Work in the background: groups, signals, bounds.
import { getEventListeners } from "node:events";
import { forEachLimited, LinkedSignal, sleep, TaskGroup, untilAborted } from "@shardline/core";
import { expect, test } from "vitest";
import { quietClock } from "../../../test/support/quiet-clock.ts";

const nothing = (): void => undefined;

function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

test("a group is joined when everything in it is done, what was added meanwhile included", async () => {
  const group = new TaskGroup(nothing);
  const story: string[] = [];
  group.add(
    (async () => {
      await Promise.resolve();
      story.push("first");
      group.add(
        (async () => {
          await Promise.resolve();
          story.push("second");
        })(),
      );
    })(),
  );
  expect(group.size).toBe(1);
  await group.join();
  expect(story).toEqual(["first", "second"]);
  expect(group.size).toBe(0);
  await group.join();
});

test("a group tells of each failure as it happens, and rejects with it in the end", async () => {
  const told: unknown[] = [];
  const group = new TaskGroup((error) => told.push(error));
  const [one, two] = [new Error("one"), new Error("two")];
  group.add(Promise.reject(one));
  await expect(group.join()).rejects.toBe(one);
  group.add(Promise.reject(two));
  await expect(group.join()).rejects.toMatchObject({ errors: [one, two] });
  expect(told).toEqual([one, two]);
});

test("a linked signal aborts with its parent's reason, or with its own, once", () => {
  const parents = [new AbortController(), new AbortController()] as const;
  const linked = new LinkedSignal(parents[0].signal, parents[1].signal);
  let aborts = 0;
  linked.signal.addEventListener("abort", () => {
    aborts += 1;
  });
  parents[1].abort("parent");
  linked.abort("own");
  parents[0].abort("other");
  expect(linked.signal.reason).toBe("parent");
  expect(aborts).toBe(1);
  const own = new LinkedSignal(new AbortController().signal);
  own.abort("own");
  expect(own.signal.reason).toBe("own");
});

test("a signal linked to one that has aborted has aborted", () => {
  expect(new LinkedSignal(AbortSignal.abort("before")).signal.reason).toBe("before");
});

test("a linked signal leaves nothing on its parents when it is disposed of or aborts", () => {
  const parent = new AbortController();
  const disposed = new LinkedSignal(parent.signal);
  const aborted = new LinkedSignal(parent.signal);
  expect(listenersOf(parent.signal)).toBe(2);
  disposed[Symbol.dispose]();
  aborted.abort("own");
  expect(listenersOf(parent.signal)).toBe(0);
  parent.abort();
  expect(disposed.signal.aborted).toBe(false);
});

test("work is waited for until the signal aborts, and no listener stays", async () => {
  const stop = new AbortController();
  expect(await untilAborted(Promise.resolve(7), stop.signal)).toBe(7);
  await expect(untilAborted(Promise.reject(new Error("own")), stop.signal)).rejects.toThrow("own");
  await Promise.resolve();
  expect(listenersOf(stop.signal)).toBe(0);
  const waiting = untilAborted(new Promise(nothing), stop.signal);
  stop.abort("enough");
  await expect(waiting).rejects.toBe("enough");
  await expect(untilAborted(Promise.resolve(7), stop.signal)).rejects.toBe("enough");
});

test("a failure of work that nobody waits for any more goes unheard", async () => {
  const stop = new AbortController();
  let fail: (error: Error) => void = nothing;
  const work = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const waiting = untilAborted(work, stop.signal);
  stop.abort("enough");
  await expect(waiting).rejects.toBe("enough");
  fail(new Error("late"));
  await new Promise((resolve) => setImmediate(resolve));
});

test("sleep ends with its time, or with the signal's reason, and cleans up either way", async () => {
  const clock = quietClock();
  const stop = new AbortController();
  const short = sleep(clock, 100, stop.signal);
  await clock.advance(100);
  await short;
  expect(listenersOf(stop.signal)).toBe(0);
  const long = sleep(clock, 1000, stop.signal);
  const endless = sleep(clock, Number.POSITIVE_INFINITY, stop.signal);
  expect(clock.pendingTimers).toBe(1);
  stop.abort("up");
  await expect(long).rejects.toBe("up");
  await expect(endless).rejects.toBe("up");
  await expect(sleep(clock, 5, stop.signal)).rejects.toBe("up");
  expect(clock.pendingTimers).toBe(0);
});

test("of many items so many are worked on at a time, and all of them in the end", async () => {
  let underWay = 0;
  let most = 0;
  const done: number[] = [];
  await forEachLimited(
    Array.from({ length: 20 }, (_, i) => i),
    3,
    async (item) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      done.push(item);
    },
  );
  expect(most).toBe(3);
  expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  await forEachLimited([], 3, () => Promise.reject(new Error("never called")));
});

test("the first failure is told when all that was under way has settled", async () => {
  const done: number[] = [];
  const work = forEachLimited([1, 2, 3], 2, async (item) => {
    await Promise.resolve();
    if (item === 1) throw new Error("one");
    await new Promise((resolve) => setImmediate(resolve));
    done.push(item);
  });
  await expect(work).rejects.toThrow("one");
  expect(done).toEqual([2, 3]);
});
