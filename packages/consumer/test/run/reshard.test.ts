import { SHARD_END } from "@shardline/core";
import { expect, test } from "vitest";
import { Fleet, STREAM, type TestWorker } from "../support/fleet.ts";
import { positionOf, shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { newGate } from "../support/promises.ts";

const HALF = 2n ** 127n;
const QUARTER = 2n ** 126n;

async function putMany(fleet: Fleet, prefix: string, count = 20): Promise<void> {
  for (const i of range(count)) await fleet.put([`${prefix}${i}`], `key-${i}`);
}

/** When the first and the last record of each shard were delivered. */
function spans(fleet: Fleet): Map<number, { first: number; last: number; count: number }> {
  const seen = new Map<number, { first: number; last: number; count: number }>();
  for (const [place, { shardId }] of fleet.delivered.entries()) {
    const index = Number(shardId.slice(-12));
    const span = seen.get(index) ?? { first: place, last: place, count: 0 };
    seen.set(index, { ...span, last: place, count: span.count + 1 });
  }
  return seen;
}

function leaseAt(fleet: Fleet, index: number) {
  return fleet.table.snapshot().find(({ shardId }) => shardId === shardIdOf(index));
}

test("57 split-fast-children: a split is read parent first, and its children begin within a second of its end", async () => {
  const fleet = new Fleet(1);
  const worker = fleet.start("a");
  let endedAtMs = Number.NaN;
  worker.consumer.on("shardEnded", () => {
    endedAtMs = fleet.clock.nowMs();
  });
  await fleet.clock.advance(5000);
  await putMany(fleet, "before");
  await fleet.split(0, HALF);
  await putMany(fleet, "after");
  await fleet.clock.advance(5000);
  expect(fleet.delivered).toHaveLength(40);
  for (const child of [1, 2]) {
    const first = fleet.delivered.find(({ shardId }) => shardId === shardIdOf(child));
    expect((first?.atMs ?? Number.NaN) - endedAtMs).toBeLessThan(1000);
  }
  const read = spans(fleet);
  expect(read.get(0)?.count).toBe(20);
  expect([...read.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2]);
  expect(Math.min(read.get(1)?.first ?? -1, read.get(2)?.first ?? -1)).toBeGreaterThan(
    read.get(0)?.last ?? 1e9,
  );
  expect(worker.told("shardEnded")).toEqual([
    { shardId: shardIdOf(0), childShardIds: [shardIdOf(1), shardIdOf(2)] },
  ]);
});

test("57 split-fast-children: and that does not wait for a listing that shows them", async () => {
  const fleet = new Fleet(1);
  const young = new Set([1, 2].map(shardIdOf));
  fleet.start("a", {
    tableFaults: {
      list: async (next, signal) => {
        const listing = await next(signal);
        const leases = listing.leases.filter(({ shardId }) => !young.has(shardId));
        return { ...listing, leases };
      },
    },
  });
  await fleet.clock.advance(5000);
  await fleet.split(0, HALF);
  await putMany(fleet, "after");
  await fleet.clock.advance(2000);
  expect(fleet.delivered).toHaveLength(20);
});

test("60 cleanup-order: after a chain of reshards only the leases are left that are read, and nothing comes again", async () => {
  const fleet = new Fleet(2);
  const workers = ["a", "b"].map((name) => fleet.start(name));
  await fleet.clock.advance(5000);
  await putMany(fleet, "one-");
  await fleet.split(0, QUARTER);
  await putMany(fleet, "two-");
  await fleet.clock.advance(10_000);
  await fleet.merge(3, 1);
  await putMany(fleet, "three-");
  await fleet.clock.advance(200_000);
  expect(
    fleet.table
      .snapshot()
      .map(({ shardId }) => shardId)
      .sort(),
  ).toEqual([2, 4].map(shardIdOf));
  await putMany(fleet, "four-");
  await fleet.clock.advance(200_000);
  expect(fleet.delivered).toHaveLength(80);
  const deleted = workers.flatMap((worker) => worker.told("leasesDeleted"));
  expect(deleted.flatMap(({ shardIds }) => shardIds).sort()).toEqual([0, 1, 3].map(shardIdOf));
  expect(workers.flatMap((worker) => worker.told("leasesCreated"))).toHaveLength(1);
});

test("60 cleanup-order: is not done where the options say so", async () => {
  const fleet = new Fleet(1);
  fleet.start("a", { sync: { cleanup: false } });
  await fleet.clock.advance(5000);
  await fleet.split(0, HALF);
  await putMany(fleet, "after");
  await fleet.clock.advance(300_000);
  expect(fleet.table.snapshot()).toHaveLength(3);
});

test("a parent at its end is nobody's, names its children, and they began at TRIM_HORIZON with their ranges", async () => {
  const fleet = new Fleet(1);
  fleet.start("a", { startAt: "LATEST" });
  await fleet.clock.advance(5000);
  await fleet.split(0, HALF);
  await fleet.clock.advance(2000);
  expect(leaseAt(fleet, 0)).toMatchObject({
    checkpoint: SHARD_END,
    childShardIds: [shardIdOf(1), shardIdOf(2)],
  });
  expect(leaseAt(fleet, 0)?.owner).toBeUndefined();
  expect(leaseAt(fleet, 1)).toMatchObject({
    owner: "a",
    checkpoint: positionOf("TRIM_HORIZON"),
    parentShardIds: [shardIdOf(0)],
    hashKeyRange: { start: 0n, end: HALF - 1n },
  });
});

test("55 merge-both-parents: a merge whose parents two workers read is begun when both are at their end", async () => {
  const fleet = new Fleet(2);
  const gate = newGate();
  const slow = (worker: string) => ({
    handle: () => (worker === "b" ? gate.opened : undefined),
  });
  fleet.start("a", slow("a"));
  fleet.start("b", slow("b"));
  await fleet.clock.advance(10_000);
  await putMany(fleet, "before");
  await fleet.merge(0, 1);
  await putMany(fleet, "after");
  await fleet.clock.advance(5000);
  expect(spans(fleet).has(2)).toBe(false);
  expect(leaseAt(fleet, 2)).toMatchObject({
    parentShardIds: [shardIdOf(0), shardIdOf(1)],
    checkpoint: positionOf("TRIM_HORIZON"),
  });
  expect(leaseAt(fleet, 2)?.owner).toBeUndefined();
  gate.open();
  await fleet.clock.advance(5000);
  const read = spans(fleet);
  expect(read.get(2)).toMatchObject({ count: 20 });
  expect(read.get(2)?.first).toBeGreaterThan(
    Math.max(read.get(0)?.last ?? 1e9, read.get(1)?.last ?? 1e9),
  );
  expect(fleet.table.snapshot()).toHaveLength(3);
});

test("a chain of splits and merges is read in the order of descent, by a worker that comes late", async () => {
  const fleet = new Fleet(2);
  await putMany(fleet, "one-");
  await fleet.split(0, QUARTER);
  await putMany(fleet, "two-");
  await fleet.merge(3, 1);
  await putMany(fleet, "three-");
  const [worker] = [fleet.start("a")];
  await fleet.clock.advance(20_000);
  expect(fleet.delivered).toHaveLength(60);
  const read = spans(fleet);
  for (const shard of fleet.emulator.inspect(STREAM)?.shards ?? []) {
    const index = Number(shard.shardId.slice(-12));
    for (const parent of [shard.parentShardId, shard.adjacentParentShardId]) {
      if (parent === undefined) continue;
      const parentSpan = read.get(Number(parent.slice(-12)));
      expect(read.get(index)?.first ?? 1e9).toBeGreaterThan(parentSpan?.last ?? -1);
    }
  }
  expect(worker.told("shardEnded")).toHaveLength(3);
});

test("58 crash-after-children-created: whoever crashes before the end is written leaves nothing undone or done twice", async () => {
  const fleet = new Fleet(1);
  await putMany(fleet, "before");
  await fleet.split(0, HALF);
  await putMany(fleet, "after");
  const a: TestWorker = fleet.start("a", {
    tableFaults: {
      update: (next, key, move, signal) => {
        if (move.patch.checkpoint?.sequenceNumber === "SHARD_END") {
          a.crash();
          return new Promise(() => undefined);
        }
        return next(key, move, signal);
      },
    },
  });
  await fleet.clock.advance(1000);
  expect(fleet.table.snapshot()).toHaveLength(3);
  expect(leaseAt(fleet, 0)?.owner).toBe("a");
  fleet.start("b");
  await fleet.clock.advance(20_000);
  expect(leaseAt(fleet, 0)?.checkpoint).toEqual(SHARD_END);
  expect(fleet.table.snapshot()).toHaveLength(3);
  expect(new Set(fleet.texts).size).toBe(40);
});

test("S9: records between a split and the parent's end are read by a worker that started at LATEST", async () => {
  const fleet = new Fleet(1);
  await fleet.put(["too early"]);
  await fleet.clock.advance(5000);
  const gate = newGate();
  fleet.start("a", { startAt: "LATEST", handle: () => gate.opened });
  await fleet.clock.advance(5000);
  await fleet.put(["held up"]);
  await fleet.clock.advance(2000);
  await fleet.split(0, HALF);
  await putMany(fleet, "in the children ");
  await fleet.clock.advance(30_000);
  gate.open();
  await fleet.clock.advance(5000);
  expect(fleet.texts).toHaveLength(21);
  expect(fleet.texts).not.toContain("too early");
});

test("59 parent-shard-gone: a parent that aged out unread ends without a word, and its children are read", async () => {
  const fleet = new Fleet(1);
  const early = fleet.start("a");
  await fleet.clock.advance(1000);
  early.stop();
  await fleet.clock.advance(1000);
  await fleet.put(["lost to retention"]);
  await fleet.split(0, HALF);
  await fleet.clock.advance(25 * 3_600_000);
  expect(fleet.emulator.inspect(STREAM)?.shards.map(({ shardId }) => shardId)).toEqual(
    [1, 2].map(shardIdOf),
  );
  await putMany(fleet, "new ");
  const late = fleet.start("b");
  await fleet.clock.advance(90_000);
  expect(fleet.texts.sort()).toEqual(
    range(20)
      .map((i) => `new ${i}`)
      .sort(),
  );
  expect(late.told("shardAgedOut").map(({ shardId }) => shardId)).toEqual([shardIdOf(0)]);
  expect(late.told("leasesDeleted")).toEqual([{ shardIds: [shardIdOf(0)] }]);
});

test("56 merge-missing-parent-lease: the child waits until the other parent has its lease", async () => {
  const fleet = new Fleet(2);
  await putMany(fleet, "before");
  await fleet.merge(0, 1);
  await putMany(fleet, "after");
  const { lease } = { lease: shardIdOf(1) };
  let isHidden = true;
  const worker = fleet.start("a", {
    tableFaults: {
      // Another worker creates the leases, and has come as far as the first of them.
      create: (next, one, signal) =>
        one.key === lease && isHidden ? Promise.resolve(false) : next(one, signal),
    },
  });
  await fleet.clock.advance(10_000);
  expect(fleet.table.snapshot().map(({ shardId }) => shardId)).toEqual([shardIdOf(0)]);
  expect(leaseAt(fleet, 0)?.checkpoint).not.toEqual(SHARD_END);
  isHidden = false;
  await fleet.clock.advance(90_000);
  expect(fleet.texts).toHaveLength(40);
  expect(
    worker
      .told("shardEnded")
      .map(({ shardId }) => shardId)
      .sort(),
  ).toEqual([0, 1].map(shardIdOf));
});
