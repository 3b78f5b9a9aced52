// A lease table that workers of the KCL 3.x use, or have used.
import { expect, test } from "vitest";
import type { ForeignItem } from "../../src/lease/lease-table.ts";
import { FAILOVER_MS, Fleet } from "../support/fleet.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { foreignLease, leaseOf, shardIdOf } from "../support/leases.ts";

/** Items of such a fleet beside the leases; the leader writes a new version each half minute, while it lives. */
function itemsBeside(fleet: Fleet, isAlive: () => boolean): () => readonly ForeignItem[] {
  let beats = 0;
  return () => {
    if (isAlive()) beats = Math.floor(fleet.clock.nowMs() / 30_000);
    return [
      { key: "Migration3.0", entityType: "M", attributes: { cv: "CLIENT_VERSION_3X" } },
      { key: "Leader", entityType: "LEADER", attributes: { recordVersionNumber: String(beats) } },
    ];
  };
}

function withItems(items: () => readonly ForeignItem[]) {
  return {
    list: async (next: (signal: AbortSignal) => Promise<never>, signal: AbortSignal) => ({
      ...((await next(signal)) as object),
      foreign: items(),
    }),
  };
}

test("a worker that meets a live fleet of the KCL 3.x ends with FLEET_PROTOCOL and has changed nothing", async () => {
  const fleet = new Fleet(2);
  const leases = [foreignLease(0, "java", { counter: 5 }), leaseOf(1)];
  for (const lease of leases) await fleet.table.create(lease, ANY_SIGNAL);
  const worker = fleet.start("a", {
    tableFaults: withItems(itemsBeside(fleet, () => true)) as never,
  });
  await fleet.clock.advance(45_000);
  expect(worker.run.reason()).toMatchObject({ code: "FLEET_PROTOCOL" });
  expect(fleet.table.snapshot()).toEqual(leases);
  expect(fleet.delivered).toEqual([]);
});

test("a worker goes on with what a fleet of the KCL 3.x has left, and leaves when that wakes up", async () => {
  const fleet = new Fleet(2);
  await fleet.table.create(foreignLease(0, "java", { counter: 5 }), ANY_SIGNAL);
  await fleet.table.create(leaseOf(1), ANY_SIGNAL);
  let isAlive = false;
  const worker = fleet.start("a", {
    tableFaults: withItems(itemsBeside(fleet, () => isAlive)) as never,
  });
  await fleet.put(["x", "y"]);
  await fleet.clock.advance(40_000 + 2 * FAILOVER_MS);
  expect(fleet.owners).toEqual(["a", "a"]);
  expect(fleet.texts).toEqual(["x", "y"]);
  isAlive = true;
  await fleet.clock.advance(5000);
  expect(worker.run.reason()).toMatchObject({ code: "FLEET_PROTOCOL" });
  // Its own leases are given up in good order, with what it has read.
  expect(fleet.owners).toEqual([undefined, undefined]);
  expect(
    worker
      .told("leaseReleased")
      .map(({ shardId }) => shardId)
      .sort(),
  ).toEqual([0, 1].map(shardIdOf));
});

test("46 kcl2-no-foreign-writes: beside workers of the KCL 2.x nothing but leases is ever written, in ten minutes", async () => {
  const fleet = new Fleet(4);
  for (const i of [0, 1, 2, 3]) await fleet.table.create(foreignLease(i, "java"), ANY_SIGNAL);
  const keys = new Set<string>();
  const worker = fleet.start("a", {
    tableFaults: {
      create: (next, lease, signal) => {
        keys.add(lease.key);
        return next(lease, signal);
      },
      update: (next, key, ...args) => {
        keys.add(key);
        return next(key, ...args);
      },
    },
  });
  for (let second = 0; second < 600; second += 3) {
    for (const { counter, key, owner } of fleet.table.snapshot()) {
      const move = { expect: { counter }, patch: { counter: counter + 1 } };
      if (owner === "java") await fleet.table.update(key, move, ANY_SIGNAL);
    }
    await fleet.clock.advance(3000);
  }
  for (const key of keys) expect(key).toMatch(/^shardId-\d{12}$/);
  expect(fleet.table.snapshot()).toHaveLength(4);
  expect(worker.told("leaseTaken")).toHaveLength(2);
});
