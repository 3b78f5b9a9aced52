// How leases are renewed while the table refuses writes.
import { sleep, untilAborted } from "@shardline/core";
import { expect, test } from "vitest";
import { failed } from "../support/failures.ts";
import { FAILOVER_MS } from "../support/held.ts";
import { nativeLease, positionOf } from "../support/leases.ts";
import { startRenewing } from "../support/renewing.ts";

test("while many renewals are refused, leases are renewed late, and as before a failover time after the last of them", async () => {
  let isRefusing = true;
  const { clock, sent, told } = await startRenewing(8, () => ({
    update: async (next, ...args) => {
      if (isRefusing) throw failed("throttled");
      return next(...args);
    },
  }));
  await clock.advance(5000);
  isRefusing = false;
  await clock.advance(2000);
  const before = sent.length;
  await clock.advance((2 / 3) * FAILOVER_MS);
  expect(sent.length - before).toBeLessThanOrEqual(9);
  const later = sent.length;
  await clock.advance(FAILOVER_MS);
  expect(sent.length - later).toBeGreaterThanOrEqual(20);
  expect(told.of("leaseLost")).toEqual([]);
});

test("a lease whose last renewal is refused after its time is over keeps no other from being renewed", async () => {
  const { clock, held, stop, told } = await startRenewing(60, (time) => ({
    update: async (next, key, move, ...args) => {
      const isRefused = move.patch.checkpoint === undefined && time.nowMs() < 11_000;
      await sleep(time, 100, new AbortController().signal);
      if (isRefused) throw failed("throttled");
      return next(key, move, ...args);
    },
  }));
  await clock.advance(3000);
  const others = held.all().slice(30);
  for (const lease of others) void lease.checkpoint(positionOf(1));
  await clock.advance(27_000);
  expect(held.all().filter((lease) => lease.isValid())).toEqual(others);
  expect(told.of("leaseLost")).toHaveLength(30);
  stop.abort();
  await clock.advance(100);
});

test("after a renewal that was refused none is sent for a moment, so that what expires first comes first", async () => {
  const refusedAtMs: number[] = [];
  const { clock, sent, stop } = await startRenewing(120, (time) => ({
    update: async () => {
      await sleep(time, 7, new AbortController().signal);
      refusedAtMs.push(time.nowMs());
      throw failed("throttled");
    },
  }));
  await clock.advance(8000);
  stop.abort();
  await clock.advance(100);
  expect(sent.length).toBeGreaterThan(60);
  for (const { atMs } of sent) {
    const early = refusedAtMs.filter((refusedMs) => refusedMs < atMs && atMs < refusedMs + 50);
    expect(early).toEqual([]);
  }
});

test("a single refusal changes nothing about when leases are renewed, and is passed on", async () => {
  let refusals = 1;
  const { clock, refused, sent } = await startRenewing(4, () => ({
    update: async (next, ...args) => {
      refusals -= 1;
      if (refusals >= 0) throw failed("throttled");
      return next(...args);
    },
  }));
  await clock.advance(40_000);
  expect(sent.length).toBeGreaterThanOrEqual(44);
  expect(refused).toHaveLength(1);
});

test.each([
  ["a renewal that hangs keeps", 1],
  ["three renewals that hang keep", 3],
])("%s no other waiting, also where nearly all were refused before", async (_, hangs) => {
  const hanging: string[] = [];
  const { clock, held, refused, stop } = await startRenewing(100, (time, signal) => ({
    update: async (next, key, ...args) => {
      if (time.nowMs() < 3000) throw failed("throttled");
      if (hanging.length < hangs) {
        hanging.push(key);
        await untilAborted(new Promise<never>(() => undefined), signal);
      }
      return next(key, ...args);
    },
  }));
  await clock.advance(15_000);
  expect(refused.length).toBeGreaterThan(40);
  const others = held.all().filter(({ lease }) => !hanging.includes(lease.key));
  expect(others).toHaveLength(100 - hangs);
  expect(others.filter((lease) => !lease.isValid())).toEqual([]);
  stop.abort();
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
  const { key } = nativeLease(0, "me");
  const [first = 0, ...repeated] = sent.filter((one) => one.key === key).map(({ atMs }) => atMs);
  // The refusals of the other one have made it late.
  expect(first).toBeLessThanOrEqual((2 / 3) * FAILOVER_MS);
  // Each not later than a quarter of the period after the one before.
  expect((repeated[0] as number) - first).toBeLessThanOrEqual(10_000 / 12);
});
