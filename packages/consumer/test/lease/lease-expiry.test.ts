import type { Clock } from "@shardline/core";
import { expect, onTestFinished, test } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { LeaseExpiry } from "../../src/lease/lease-expiry.ts";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { ANY_SIGNAL, FAILOVER_MS, holdMany } from "../support/held.ts";
import { nativeLease } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";

async function startWatching(...takenAtMs: readonly number[]) {
  const clock = quietClock();
  let timers = 0;
  const counted: Clock = {
    nowMs: () => clock.nowMs(),
    wallTimeMs: () => clock.wallTimeMs(),
    startTimer: (...args) => {
      timers += 1;
      return clock.startTimer(...args);
    },
  };
  const table = new MemoryLeaseTable();
  const stop = new AbortController();
  const expiry = new LeaseExpiry({ clock: counted, signal: stop.signal });
  const { held, told } = holdMany(table, clock, (lease) => expiry.noteTaken(lease));
  for (const [i, sentAtMs] of takenAtMs.entries()) {
    const lease = nativeLease(i, "me");
    await table.create(lease, ANY_SIGNAL);
    held.add(lease, { sentAtMs, previousOwner: undefined, isFirstTake: false });
  }
  onTestFinished(async () => {
    stop.abort();
    await expiry.done;
  });
  return { clock, held, told, table, countTimers: () => timers };
}

test("a lease that is not renewed is given up exactly at the failover time, with nobody asking", async () => {
  const { clock, held, told } = await startWatching(0);
  const signal = held.all()[0]?.signal;
  await clock.advance(FAILOVER_MS - 1);
  expect(signal?.aborted).toBe(false);
  await clock.advance(1);
  expect(signal?.aborted).toBe(true);
  expect(told.of("leaseLost")).toMatchObject([{ cause: "expired", newOwner: undefined }]);
});

test("each lease is given up at its own time", async () => {
  const { clock, held } = await startWatching(0, -2000, -4000);
  const left: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    await clock.advance(2000);
    left.push(held.size);
  }
  expect(left).toEqual([3, 3, 2, 1, 0]);
});

test("a lease that is renewed lives on", async () => {
  const { clock, held, told } = await startWatching(0);
  for (let i = 0; i < 5; i += 1) {
    await clock.advance(FAILOVER_MS - 1);
    await held.all()[0]?.renew();
  }
  expect(told.of("leaseLost")).toEqual([]);
});

test("a lease that is taken later is watched as well, by the time at which its take was sent", async () => {
  const { clock, held, table, told } = await startWatching();
  await clock.advance(3000);
  await table.create(nativeLease(0, "me"), ANY_SIGNAL);
  held.add(nativeLease(0, "me"), { sentAtMs: 500, previousOwner: undefined, isFirstTake: false });
  await clock.advance(FAILOVER_MS - 2501);
  expect(told.of("leaseLost")).toEqual([]);
  await clock.advance(1);
  expect(told.of("leaseLost")).toHaveLength(1);
});

test("while nothing is held nothing is waited for", async () => {
  const { clock } = await startWatching();
  await clock.advance(0);
  expect(clock.pendingTimers).toBe(0);
});

test("leases that are renewed in time wake it seldom, however many there are", async () => {
  const takenAtMs = range(200).map((i) => -10 * i);
  const { clock, countTimers, held } = await startWatching(...takenAtMs);
  const before = countTimers();
  for (let i = 0; i < 1000; i += 1) {
    await held.all()[i % 200]?.renew();
    await clock.advance(10);
  }
  expect(held.size).toBe(200);
  expect(countTimers() - before).toBeLessThanOrEqual(11);
});
