import { untilAborted } from "@shardline/core";
import type { VirtualClock } from "@shardline/core/testing";
import { expect, onTestFinished, test } from "vitest";
import type { Interceptors } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import type { HeldLease } from "../../src/lease/held-lease.ts";
import { startLeaseRenewer } from "../../src/lease/lease-renewer.ts";
import type { LeaseTable, LeaseUpdate } from "../../src/lease/lease-table.ts";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { failed } from "../support/failures.ts";
import { ANY_SIGNAL, FAILOVER_MS, holdMany } from "../support/held.ts";
import { nativeLease, positionOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { newGate } from "../support/promises.ts";
import { recordUpdates } from "../support/sent-updates.ts";

/** What a test does to the table; it may look at the clock and at the end of the loop. */
type Faults = (clock: VirtualClock, signal: AbortSignal) => Interceptors<LeaseTable>;

async function startRenewing(count: number, faults: Faults = () => ({})) {
  const clock = quietClock();
  const stop = new AbortController();
  const interceptors = faults(clock, stop.signal);
  const memory = new MemoryLeaseTable();
  const { sent, table } = recordUpdates(memory, () => clock.nowMs(), interceptors);
  const { held, told } = holdMany(table, clock);
  for (const lease of range(count).map((i) => nativeLease(i, "me"))) {
    await memory.create(lease, ANY_SIGNAL);
    held.add(lease, { sentAtMs: 0, previousOwner: undefined, isFirstTake: false });
  }
  const wanted: HeldLease[] = [];
  const renewer = startLeaseRenewer({
    clock,
    held,
    failoverMs: FAILOVER_MS,
    signal: stop.signal,
    events: told.events,
    onWanted: (lease) => wanted.push(lease),
  });
  onTestFinished(async () => {
    stop.abort();
    await renewer.done;
  });
  return { clock, held, memory, sent, stop, told, wanted, renewer };
}

test("11 renew-cadence: an idle lease is renewed every third of the failover time less the KCL's slack", async () => {
  const { clock, sent } = await startRenewing(1);
  await clock.advance(60_000);
  expect(sent.length).toBeGreaterThanOrEqual(17);
  expect(sent.length).toBeLessThanOrEqual(19);
  expect(sent[1]?.atMs).toBeCloseTo(10_000 / 3 - 25);
});

test("11 renew-cadence: checkpoints ride on the renewals and cause no writes of their own", async () => {
  const { clock, held, memory, sent } = await startRenewing(1);
  for (const i of range(60)) {
    held.all()[0]?.reach(positionOf(100 + i));
    await clock.advance(1000);
  }
  expect(sent.length).toBeLessThanOrEqual(19);
  expect(memory.snapshot()[0]?.checkpoint).toEqual(positionOf(159));
});

test("the period counts from the start of a round, however long its calls take", async () => {
  const gate = newGate();
  const { clock, sent } = await startRenewing(1, () => ({
    update: async (next, ...args) => {
      await gate.opened;
      return next(...args);
    },
  }));
  await clock.advance(3000);
  gate.open();
  await clock.advance(308);
  expect(sent.map(({ atMs }) => atMs)).toEqual([0]);
  await clock.advance(1);
  expect(sent).toHaveLength(2);
});

test("at most twenty renewals are under way at a time", async () => {
  let underWay = 0;
  let most = 0;
  const { clock, sent } = await startRenewing(50, () => ({
    update: async (next, ...args) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      const update = await next(...args);
      underWay -= 1;
      return update;
    },
  }));
  await clock.advance(0);
  expect(sent).toHaveLength(50);
  expect(most).toBe(20);
});

test("29 ddb-throttle-5s: renewals that fail are repeated sooner, and no lease is lost", async () => {
  const { clock, held, sent, told } = await startRenewing(2, (clock) => ({
    update: async (next, ...args) => {
      if (clock.nowMs() < 5000) throw failed("throttled");
      return next(...args);
    },
  }));
  await clock.advance(20_000);
  expect(held.size).toBe(2);
  expect(told.of("leaseLost")).toEqual([]);
  expect(told.of("leaseTableFailed")[0]).toEqual({
    operation: "renew",
    reason: "Test failed: throttled: the test says throttled",
  });
  const times = [...new Set(sent.map(({ atMs }) => Math.round(atMs)))];
  expect(times.slice(0, 3)).toEqual([0, 827, 1654]);
});

test("one lease that fails does not keep the others from being renewed", async () => {
  const bad = nativeLease(0, "me").key;
  const { clock, held, memory } = await startRenewing(3, () => ({
    update: async (next, key, ...args) => {
      if (key === bad) throw failed("transient");
      return next(key, ...args);
    },
  }));
  await clock.advance(FAILOVER_MS + 1000);
  expect([...held.keys()]).toEqual([1, 2].map((i) => nativeLease(i, "me").key));
  expect(memory.snapshot()[0]?.counter).toBe(0);
});

test("a lease that another of ours asked for is told, as soon as a renewal shows it and every time", async () => {
  const { clock, memory, wanted } = await startRenewing(2);
  const { key } = nativeLease(1, "me");
  await memory.update(key, { expect: {}, patch: { wantedBy: "you" } }, ANY_SIGNAL);
  await clock.advance(4000);
  expect(wanted.map(({ lease }) => lease.key)).toEqual([key]);
  await clock.advance(4000);
  expect(wanted).toHaveLength(2);
});

test("a lease that is lost while it is renewed is not told as wanted, although it was", async () => {
  const { clock, memory, told, wanted } = await startRenewing(1);
  const { key } = nativeLease(0, "me");
  await memory.update(key, { expect: {}, patch: { wantedBy: "she" } }, ANY_SIGNAL);
  await clock.advance(4000);
  expect(wanted).toHaveLength(1);
  await memory.update(key, { expect: {}, patch: { owner: "you", counter: 9 } }, ANY_SIGNAL);
  await clock.advance(4000);
  expect(told.of("leaseLost")).toHaveLength(1);
  expect(wanted).toHaveLength(1);
});

test("an abort ends the loop without a word about the renewals that it cut", async () => {
  const { clock, renewer, stop, told } = await startRenewing(1, (_, signal) => ({
    update: (_next, ...args) => untilAborted(new Promise<LeaseUpdate>(() => args), signal),
  }));
  await clock.advance(100);
  stop.abort();
  await renewer.done;
  expect(told.of("leaseTableFailed")).toEqual([]);
});
