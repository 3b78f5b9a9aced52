import type { VirtualClock } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import type { LeaseListing } from "../../src/lease/lease-table.ts";
import { SharedListing } from "../../src/stream/shared-listing.ts";
import { failed } from "../support/failures.ts";
import { range } from "../support/lease-views.ts";
import { track } from "../support/promises.ts";

const FAILOVER_MS = 10_000;

/** A table that takes 10 ms for a look, and says how much each costs. */
function newListing(readUnits = 1) {
  const clock: VirtualClock = quietClock();
  const begunAtMs: number[] = [];
  let breaks = 0;
  const list = async (): Promise<LeaseListing> => {
    begunAtMs.push(clock.nowMs());
    await new Promise<void>((resolve) => {
      clock.startTimer(10, resolve);
    });
    if (breaks-- > 0) throw failed("transient");
    return { leases: [], unreadable: [], foreign: [], readUnits };
  };
  const ending = new AbortController();
  const options = { clock, failoverMs: FAILOVER_MS, signal: ending.signal };
  const listing = new SharedListing({ ...options, table: { list } });
  return { begunAtMs, clock, listing, breakNext: () => (breaks = 1), end: () => ending.abort() };
}

test("all who ask before a look begins are answered by it, and who asks later by another", async () => {
  const { begunAtMs, clock, listing } = newListing();
  const first = range(5).map(() => track(listing.list()));
  await clock.advance(5);
  const second = range(5).map(() => track(listing.list()));
  await clock.advance(5);
  expect(first.map(({ state }) => state())).toEqual(first.map(() => "resolved"));
  expect(second.map(({ state }) => state())).toEqual(second.map(() => "pending"));
  await clock.advance(10);
  expect(second.map(({ state }) => state())).toEqual(second.map(() => "resolved"));
  expect(begunAtMs).toHaveLength(2);
});

test.each([
  ["as often as leases are looked for", 1, 2500],
  ["less often where the table is large", 256, 5000],
])("after a burst looks are made %s", async (_, readUnits, everyMs) => {
  const { begunAtMs, clock, end, listing } = newListing(readUnits);
  const ask = async (): Promise<void> => {
    for (;;) await listing.list();
  };
  const asking = track(ask());
  await clock.advance(1000);
  expect(begunAtMs).toHaveLength(8);
  await clock.advance(10 * everyMs);
  expect(begunAtMs.length).toBeGreaterThan(8 + 8);
  expect(begunAtMs.length).toBeLessThanOrEqual(8 + 11);
  end();
  await clock.advance(10);
  expect(asking.state()).toBe("rejected");
});

test("a look that fails is told to those whom it was for, and the next one is made", async () => {
  const { breakNext, clock, listing } = newListing();
  breakNext();
  const broken = track(listing.list());
  await clock.advance(10);
  const next = track(listing.list());
  await clock.advance(10);
  expect([broken.state(), next.state()]).toEqual(["rejected", "resolved"]);
});
