import { untilAborted } from "@shardline/core";
import { expect, test } from "vitest";
import type { LeaseUpdate } from "../../src/lease/lease-table.ts";
import { failed } from "../support/failures.ts";
import { ANY_SIGNAL, FAILOVER_MS } from "../support/held.ts";
import { nativeLease, positionOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { newGate } from "../support/promises.ts";
import { startRenewing } from "../support/renewing.ts";

const PERIOD_MS = 10_000 / 3 - 25;

test.each([500, 1700, 2500, 3000, 3300])(
  "11 renew-cadence: a lease that is checkpointed every %i ms is not renewed besides",
  async (everyMs) => {
    const { clock, held, sent } = await startRenewing(8);
    let checkpoints = 0;
    for (let n = 1; n * everyMs < 60_000; n += 1) {
      await clock.advance(everyMs);
      for (const lease of held.all()) await lease.checkpoint(positionOf(n));
      // Before the first one they were renewed in their places.
      if (n === 1) sent.length = 0;
      else checkpoints += held.size;
    }
    expect(sent).toHaveLength(checkpoints);
  },
);

test("11 renew-cadence: an idle lease is renewed every third of the failover time less the KCL's slack", async () => {
  const { clock, sent } = await startRenewing(1);
  await clock.advance(60_000);
  expect(sent.length).toBeGreaterThanOrEqual(17);
  expect(sent.length).toBeLessThanOrEqual(19);
  const times = sent.map(({ atMs }) => atMs);
  expect(times[0]).toBeLessThanOrEqual(PERIOD_MS + 1);
  for (const [i, atMs] of times.slice(1).entries()) {
    expect(atMs - (times[i] as number)).toBeCloseTo(PERIOD_MS, 3);
  }
});

test("11 renew-cadence: a checkpoint of its own counts as a renewal", async () => {
  const { clock, held, sent } = await startRenewing(1);
  const [lease] = held.all();
  for (const _ of range(60)) {
    await lease?.renew();
    await clock.advance(1000);
  }
  expect(sent).toHaveLength(60);
});

test("renewals are spread over the period, not made in bursts, though all leases were taken at once", async () => {
  const { clock, sent } = await startRenewing(100);
  // The first ones find their places.
  await clock.advance(2 * PERIOD_MS);
  sent.length = 0;
  const tenths: number[] = [];
  for (const _ of range(10)) {
    const before = sent.length;
    await clock.advance(PERIOD_MS / 10);
    tenths.push(sent.length - before);
  }
  expect(sent).toHaveLength(100);
  expect(Math.min(...tenths)).toBeGreaterThanOrEqual(7);
  expect(Math.max(...tenths)).toBeLessThanOrEqual(14);
  expect(new Set(sent.map(({ atMs }) => atMs)).size).toBeLessThanOrEqual(32);
});

test("they are spread again after an outage that had made them all due at the same time", async () => {
  const { clock, held, sent } = await startRenewing(100, (time) => ({
    update: async (next, ...args) => {
      if (time.nowMs() > 10_000 && time.nowMs() < 15_000) throw failed("throttled");
      return next(...args);
    },
  }));
  await clock.advance(35_000);
  expect(held.size).toBe(100);
  sent.length = 0;
  await clock.advance(PERIOD_MS / 2);
  expect(sent.length).toBeGreaterThan(40);
  expect(sent.length).toBeLessThan(60);
});

test("a lease is looked at when its time has come, and not whenever that of another has", async () => {
  let looks = 0;
  const { clock, sent } = await startRenewing(
    500,
    () => ({}),
    () => {
      looks += 1;
      return false;
    },
  );
  await clock.advance(4 * PERIOD_MS);
  expect(sent.length).toBeGreaterThanOrEqual(3 * 500);
  // When it is due and when it is renewed, and once when it was taken.
  expect(looks).toBeLessThanOrEqual(2 * sent.length + 500);
});

test("a lease that something else renews while it waits for room is not renewed again at once", async () => {
  const gate = newGate();
  let calls = 0;
  const { clock, held, sent } = await startRenewing(51, () => ({
    update: async (next, ...args) => {
      calls += 1;
      if (calls <= 50) await gate.opened;
      return next(...args);
    },
  }));
  await clock.advance(4000);
  const busy = new Set(sent.map(({ key }) => key));
  expect(busy.size).toBe(50);
  const waiting = held.all().find(({ lease }) => !busy.has(lease.key));
  const timesOfIt = (): number[] =>
    sent.filter(({ key }) => key === waiting?.lease.key).map(({ atMs }) => atMs);
  await waiting?.renew();
  gate.open();
  await clock.advance(PERIOD_MS / 2 - 1);
  expect(timesOfIt()).toEqual([4000]);
  await clock.advance(PERIOD_MS / 2 + 2);
  expect(timesOfIt()).toHaveLength(2);
});

test("while writes that can wait are refused, leases are renewed late, and in time", async () => {
  const { clock, held, sent } = await startRenewing(
    10,
    () => ({}),
    () => true,
  );
  await clock.advance(60_000);
  expect(held.size).toBe(10);
  expect(sent.length).toBeLessThanOrEqual(100);
});

test("where writes that can wait are refused no more when a lease's own time comes, it is renewed at that time", async () => {
  let isYielding = true;
  const { clock, sent } = await startRenewing(
    10,
    () => ({}),
    () => isYielding,
  );
  await clock.advance(10);
  isYielding = false;
  await clock.advance(PERIOD_MS);
  expect(sent.length).toBe(10);
});

test("11 renew-cadence: checkpoints ride on the renewals and cause no writes of their own", async () => {
  const { clock, held, memory, sent } = await startRenewing(1);
  for (const i of range(60)) {
    held.all()[0]?.reach(positionOf(100 + i));
    await clock.advance(1000);
  }
  await clock.advance(PERIOD_MS);
  expect(sent.length).toBeLessThanOrEqual(20);
  expect(memory.snapshot()[0]?.checkpoint).toEqual(positionOf(159));
});

test("a renewal that hangs keeps no other from its time", async () => {
  const gate = newGate();
  const hanging = nativeLease(0, "me").key;
  const { clock, held, sent } = await startRenewing(5, () => ({
    update: async (next, key, ...args) => {
      if (key === hanging) await gate.opened;
      return next(key, ...args);
    },
  }));
  await clock.advance(30_000);
  expect(sent.filter(({ key }) => key === hanging)).toHaveLength(1);
  // The expiry loop is not running here: only whoever asks hears that the time is over.
  expect(held.all().filter((lease) => lease.isValid())).toHaveLength(4);
  gate.open();
});

test("at most fifty renewals are under way at a time, and the others follow", async () => {
  let underWay = 0;
  let most = 0;
  const { clock, sent, stop } = await startRenewing(200, (time) => ({
    update: async (next, ...args) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise<void>((resolve) => {
        time.startTimer(500, resolve);
      });
      const update = await next(...args);
      underWay -= 1;
      return update;
    },
  }));
  await clock.advance(4000);
  expect(new Set(sent.map(({ key }) => key)).size).toBe(200);
  expect(most).toBe(50);
  stop.abort();
  await clock.advance(1000);
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
  expect(held.all().map(({ lease }) => lease.key)).toEqual(
    [1, 2].map((i) => nativeLease(i, "me").key),
  );
  expect(memory.snapshot()[0]?.counter).toBe(0);
});

test("a lease that another of ours asked for is told, as soon as a renewal shows it and every time", async () => {
  const { clock, memory, wanted } = await startRenewing(2);
  const { key } = nativeLease(1, "me");
  await memory.update(key, { expect: {}, patch: { wantedBy: "you" } }, ANY_SIGNAL);
  await clock.advance(PERIOD_MS + 1);
  expect(new Set(wanted.map(({ lease }) => lease.key))).toEqual(new Set([key]));
  const before = wanted.length;
  await clock.advance(2 * PERIOD_MS);
  expect(wanted).toHaveLength(before + 2);
});

test("a lease that its checkpoints renew all the time is told as wanted within a renewal period", async () => {
  const { clock, held, memory, sent, wanted } = await startRenewing(1);
  const [lease] = held.all();
  const checkpointFor = async (periods: number): Promise<void> => {
    for (const _ of range(10 * periods)) {
      await lease?.checkpoint(positionOf(sent.length + 1));
      await clock.advance(PERIOD_MS / 10);
    }
  };
  await checkpointFor(2);
  expect(wanted).toEqual([]);
  const patch = { wantedBy: "you" };
  await memory.update(held.all()[0]?.lease.key ?? "", { expect: {}, patch }, ANY_SIGNAL);
  await checkpointFor(1);
  expect(new Set(wanted)).toEqual(new Set([lease]));
  expect(sent).toHaveLength(30);
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
