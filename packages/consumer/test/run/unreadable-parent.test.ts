// A parent whose lease is there and cannot be read: whether it has ended nobody knows, so its children must wait.
import { describe, expect, test } from "vitest";
import { PROBLEM } from "../support/breakable-table.ts";
import { Fleet, type TestWorker } from "../support/fleet.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { leaseOf, shardIdOf } from "../support/leases.ts";

const HALF = 2n ** 127n;
const QUARTER = 2n ** 126n;
const PARENT = shardIdOf(0);
const TOLD = {
  leaseKey: PARENT,
  problem: PROBLEM,
  waitingShardIds: [shardIdOf(2), shardIdOf(3)],
};
const LOW = 5n;
const MIDDLE = QUARTER + 5n;
const HIGH = HALF + 5n;

/** 0 was split into 2 and 3, which have leases; 1 is another shard. Records in all of them. */
async function family(): Promise<Fleet> {
  const fleet = new Fleet(2);
  await fleet.putData(Buffer.from("parent"), LOW);
  await fleet.putData(Buffer.from("parent too"), MIDDLE);
  await fleet.split(0, QUARTER);
  await fleet.putData(Buffer.from("child"), LOW);
  await fleet.putData(Buffer.from("child too"), MIDDLE);
  await fleet.putData(Buffer.from("stranger"), HIGH);
  const whole = { start: HALF, end: 2n * HALF - 1n };
  const parentShardIds = [PARENT];
  const leases = [
    leaseOf(0, { hashKeyRange: { start: 0n, end: HALF - 1n } }),
    leaseOf(1, { hashKeyRange: whole }),
    leaseOf(2, { parentShardIds, hashKeyRange: { start: 0n, end: QUARTER - 1n } }),
    leaseOf(3, { parentShardIds, hashKeyRange: { start: QUARTER, end: HALF - 1n } }),
  ];
  for (const lease of leases) await fleet.table.create(lease, ANY_SIGNAL);
  return fleet;
}

function reasons({ consumer }: TestWorker): readonly object[] {
  return consumer.health().reasons;
}

describe("corrupt-item: while the lease of a parent cannot be read", () => {
  test("its children wait, which is told, all others are read, and once it is mended all goes on in order", async () => {
    const fleet = await family();
    fleet.table.spoil(PARENT);
    const workers = ["a", "b"].map((name) => fleet.start(name));
    await fleet.clock.advance(120_000);
    expect(fleet.texts).toEqual(["stranger"]);
    for (const worker of workers) {
      expect(worker.told("leaseUnreadable")).toEqual([TOLD]);
      expect(reasons(worker)).toEqual([{ kind: "leases-unreadable", leases: [TOLD] }]);
      expect(worker.consumer.stats().unreadableLeases).toBe(1);
      expect(worker.told("hashKeysUncovered")).toEqual([]);
      expect(worker.told("leasesCreated")).toEqual([]);
      expect(worker.told("leasesDeleted")).toEqual([]);
    }
    fleet.table.mend(PARENT);
    await fleet.clock.advance(20_000);
    expect(fleet.texts.slice(0, 3)).toEqual(["stranger", "parent", "parent too"]);
    expect(fleet.texts.slice(3).sort()).toEqual(["child", "child too"]);
    for (const worker of workers) {
      expect(reasons(worker)).toEqual([]);
      expect(worker.consumer.stats().unreadableLeases).toBe(0);
    }
  });

  test("a child that was offered to the worker which has read the other parent waits as well", async () => {
    const fleet = new Fleet(2);
    let isHidden = true;
    fleet.start("a", {
      tableFaults: {
        list: async (next, signal) => {
          const listing = await next(signal);
          const leases = listing.leases.filter(({ shardId }) => shardId !== shardIdOf(2));
          return isHidden ? { ...listing, leases } : listing;
        },
      },
    });
    await fleet.clock.advance(5000);
    await fleet.putData(Buffer.from("low"), LOW);
    fleet.table.spoil(PARENT);
    await fleet.merge(0, 1);
    await fleet.putData(Buffer.from("merged"), LOW);
    await fleet.clock.advance(60_000);
    isHidden = false;
    await fleet.clock.advance(60_000);
    expect(fleet.texts).not.toContain("merged");
    fleet.table.mend(PARENT);
    await fleet.clock.advance(60_000);
    expect([...new Set(fleet.texts)]).toEqual(["low", "merged"]);
  });

  test("children that were begun before are read on, by whoever takes them", async () => {
    const fleet = await family();
    const a = fleet.start("a");
    await fleet.clock.advance(20_000);
    expect(fleet.texts).toHaveLength(5);
    fleet.table.spoil(PARENT);
    a.crash();
    const b = fleet.start("b");
    await fleet.clock.advance(60_000);
    await fleet.putData(Buffer.from("later"), LOW);
    await fleet.clock.advance(5000);
    expect(fleet.texts).toContain("later");
    expect(b.told("leaseUnreadable")).toEqual([{ ...TOLD, waitingShardIds: [] }]);
  });

  test("nothing that is left is taken for an application without leases", async () => {
    const fleet = new Fleet(1);
    await fleet.putData(Buffer.from("parent"), LOW);
    await fleet.split(0, HALF);
    await fleet.table.create(leaseOf(0), ANY_SIGNAL);
    fleet.table.spoil(PARENT);
    const a = fleet.start("a", { startAt: "LATEST" });
    await fleet.clock.advance(60_000);
    expect(a.told("leasesCreated")).toEqual([]);
    expect(fleet.table.snapshot()).toHaveLength(1);
    await fleet.putData(Buffer.from("child"), LOW);
    fleet.table.mend(PARENT);
    await fleet.clock.advance(60_000);
    expect(fleet.texts).toEqual(["parent", "child"]);
  });
});
