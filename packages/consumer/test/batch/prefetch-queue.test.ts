import { expect, test } from "vitest";
import { ByteBudget } from "../../src/batch/byte-budget.ts";
import { type Fetch, RECORD_OVERHEAD_BYTES } from "../../src/batch/fetch.ts";
import { type PrefetchLimits, PrefetchQueue } from "../../src/batch/prefetch-queue.ts";
import { plainRecord } from "../support/kinesis-records.ts";
import { range } from "../support/lease-views.ts";
import { track } from "../support/promises.ts";
import { ANY_SIGNAL } from "../support/held.ts";

function fetchOf(records: number, bytesEach = 1): Fetch {
  return {
    records: range(records).map((i) => plainRecord(i, "x".repeat(bytesEach))),
    bytes: records * bytesEach,
    millisBehindLatest: 0,
    readAtMs: 0,
    next: { kind: "more" },
  };
}

const FORECAST = { maxBytes: 100, maxRecords: 10, recordBytes: 10 };

function newQueue(limits: PrefetchLimits, budget = new ByteBudget(1e6)): PrefetchQueue {
  return new PrefetchQueue(limits, budget.open());
}

/** Lets promises do what they can. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function hasRoom(queue: PrefetchQueue): Promise<boolean> {
  const waiting = new AbortController();
  const room = track(queue.reserve(FORECAST, waiting.signal));
  await settle();
  const { state } = room;
  const isRoom = state() === "resolved";
  waiting.abort(new Error("asked enough"));
  if (isRoom) queue.cancel();
  return isRoom;
}

test("fetches come out in the order in which they went in", async () => {
  const queue = newQueue({ maxRecords: 10, maxBytes: 100 });
  const fetches = [fetchOf(1), fetchOf(2), fetchOf(3)];
  for (const fetch of fetches) queue.push(fetch);
  for (const fetch of fetches) expect(await queue.shift(ANY_SIGNAL)).toBe(fetch);
});

test("there is room until the records inside are at the mark", async () => {
  const queue = newQueue({ maxRecords: 4, maxBytes: 1000 });
  queue.push(fetchOf(3));
  expect(await hasRoom(queue)).toBe(true);
  queue.push(fetchOf(1));
  expect(await hasRoom(queue)).toBe(false);
  await queue.shift(ANY_SIGNAL);
  expect(await hasRoom(queue)).toBe(true);
});

test("there is room until the bytes inside are at the mark", async () => {
  const queue = newQueue({ maxRecords: 1000, maxBytes: 20 });
  queue.push(fetchOf(1, 19));
  expect(await hasRoom(queue)).toBe(true);
  queue.push(fetchOf(1, 1));
  expect(await hasRoom(queue)).toBe(false);
  await queue.shift(ANY_SIGNAL);
  expect(await hasRoom(queue)).toBe(true);
});

test("a reader that waits for room goes on when enough was taken out", async () => {
  const queue = newQueue({ maxRecords: 4, maxBytes: 1000 });
  queue.push(fetchOf(1));
  queue.push(fetchOf(5));
  const room = track(queue.reserve(FORECAST, ANY_SIGNAL));
  await queue.shift(ANY_SIGNAL);
  await settle();
  expect(room.state()).toBe("pending");
  await queue.shift(ANY_SIGNAL);
  await settle();
  expect(room.state()).toBe("resolved");
});

test("what came out counts against the budget of all until it is handled, with what its records take besides their data", async () => {
  const budget = new ByteBudget(1e6);
  const queue = newQueue({ maxRecords: 10, maxBytes: 100 }, budget);
  await queue.reserve(FORECAST, ANY_SIGNAL);
  expect(budget.usedBytes).toBe(100);
  queue.push(fetchOf(3, 10));
  const heldBytes = 3 * (10 + RECORD_OVERHEAD_BYTES);
  expect(budget.usedBytes).toBe(heldBytes);
  const fetch = await queue.shift(ANY_SIGNAL);
  expect(budget.usedBytes).toBe(heldBytes);
  queue.done(fetch);
  expect(budget.usedBytes).toBe(0);
});

test("a fetch that brings nothing does not go in, and gives back what was reserved for it", async () => {
  const budget = new ByteBudget(1e6);
  const queue = newQueue({ maxRecords: 10, maxBytes: 100 }, budget);
  await queue.reserve(FORECAST, ANY_SIGNAL);
  queue.push(fetchOf(0));
  expect(budget.usedBytes).toBe(0);
  const end: Fetch = { ...fetchOf(0), next: { kind: "shard-end", childShards: [] } };
  queue.push(end);
  expect(await queue.shift(ANY_SIGNAL)).toBe(end);
});

test("once it is closed nothing of it counts: neither what is inside nor what comes", async () => {
  const budget = new ByteBudget(1e6);
  const queue = newQueue({ maxRecords: 10, maxBytes: 100 }, budget);
  queue.push(fetchOf(3, 10));
  queue.push(fetchOf(2, 10));
  const fetch = await queue.shift(ANY_SIGNAL);
  await queue.reserve(FORECAST, ANY_SIGNAL);
  queue.close();
  expect(budget.usedBytes).toBe(0);
  queue.push(fetchOf(1, 10));
  queue.done(fetch);
  queue.close();
  expect(budget.usedBytes).toBe(0);
});

test("whoever waits for a fetch gets it when it comes", async () => {
  const queue = newQueue({ maxRecords: 4, maxBytes: 1000 });
  const shifted = track(queue.shift(ANY_SIGNAL));
  await settle();
  expect(shifted.state()).toBe("pending");
  const fetch = fetchOf(1);
  queue.push(fetch);
  await settle();
  expect(shifted.value()).toBe(fetch);
});

test("an abort ends either wait with its reason, and takes nothing out", async () => {
  const reason = new Error("stop");
  const stop = new AbortController();
  const empty = track(newQueue({ maxRecords: 1, maxBytes: 1 }).shift(stop.signal));
  const queue = newQueue({ maxRecords: 1, maxBytes: 1 });
  queue.push(fetchOf(1));
  const room = track(queue.reserve(FORECAST, stop.signal));
  await settle();
  stop.abort(reason);
  await settle();
  expect([empty.reason(), room.reason()]).toEqual([reason, reason]);
  await expect(queue.shift(stop.signal)).rejects.toBe(reason);
  await expect(queue.reserve(FORECAST, stop.signal)).rejects.toBe(reason);
  expect((await queue.shift(ANY_SIGNAL)).records).toHaveLength(1);
});
