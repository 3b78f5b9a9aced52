// Shards that end, and those that follow them.
import { untilAborted } from "@shardline/core";
import { expect, test } from "vitest";
import { FAILOVER_MS, type Fleet, newFleet } from "../support/fleet.ts";
import { shardIdOf } from "../support/leases.ts";
import { newGate } from "../support/promises.ts";

const HALF = 1n << 127n;

/** The lease of the nth shard, as the table has it. */
function leaseAt(fleet: Fleet, index: number) {
  return fleet.table.snapshot().find(({ shardId }) => shardId === shardIdOf(index));
}

test("a split shard is read to its end before its children, and no record is missed or comes twice", async () => {
  const fleet = newFleet(1);
  await fleet.put(["p1", "p2"]);
  const worker = fleet.start("a");
  await fleet.clock.advance(2000);
  await fleet.put(["p3"]);
  await fleet.split(shardIdOf(0), HALF);
  await fleet.put(["low"], 0n);
  await fleet.put(["high"], HALF);
  await fleet.clock.advance(5000);
  expect(fleet.texts().slice(0, 3)).toEqual(["p1", "p2", "p3"]);
  expect(fleet.texts().slice(3).sort()).toEqual(["high", "low"]);
  expect(leaseAt(fleet, 0)).toMatchObject({
    checkpoint: { sequenceNumber: "SHARD_END", subSequenceNumber: 0 },
    childShardIds: [shardIdOf(1), shardIdOf(2)],
  });
  expect(leaseAt(fleet, 0)?.owner).toBeUndefined();
  expect(leaseAt(fleet, 1)).toMatchObject({ owner: "a", parentShardIds: [shardIdOf(0)] });
  expect(worker.of("shardEnded")).toEqual([
    { shardId: shardIdOf(0), childShardIds: [shardIdOf(1), shardIdOf(2)] },
  ]);
});

test("57 split-fast-children: the children are read within a second of their parent's end", async () => {
  const fleet = newFleet(1);
  const worker = fleet.start("a", { options: { read: { idleMs: 200 } } });
  await fleet.clock.advance(2000);
  let endedAtMs = 0;
  worker.consumer.on("shardEnded", () => {
    endedAtMs = fleet.clock.nowMs();
  });
  await fleet.split(shardIdOf(0), HALF);
  await fleet.until(() => worker.of("shardStarted").length === 3);
  expect(endedAtMs).toBeGreaterThan(0);
  expect(fleet.clock.nowMs() - endedAtMs).toBeLessThan(1000);
});

test("55 merge-both-parents: the child of a merge waits until both parents are read to their ends", async () => {
  const fleet = newFleet(2);
  const gate = newGate();
  await fleet.put(["low"], 0n);
  await fleet.put(["high"], HALF);
  const handle = async (batch: { records: readonly { data: Uint8Array }[] }): Promise<void> => {
    if (batch.records[0]?.data[0] === 0x68) await gate.opened;
  };
  fleet.start("a", { handle });
  await fleet.clock.advance(500);
  fleet.start("b", { handle });
  await fleet.clock.advance(2 * FAILOVER_MS);
  await fleet.merge(shardIdOf(0), shardIdOf(1));
  await fleet.put(["child"]);
  await fleet.clock.advance(30_000);
  expect(leaseAt(fleet, 0)?.checkpoint.sequenceNumber).toBe("SHARD_END");
  expect(fleet.texts()).not.toContain("child");
  gate.open();
  await fleet.clock.advance(10_000);
  expect(fleet.texts().at(-1)).toBe("child");
  expect(fleet.texts().filter((text) => text === "child")).toHaveLength(1);
  expect(leaseAt(fleet, 2)?.parentShardIds).toEqual([shardIdOf(0), shardIdOf(1)]);
});

test("58 crash-after-children-created: who ends a shard again creates no second lease and loses nothing", async () => {
  const fleet = newFleet(1);
  await fleet.put(["p"]);
  let isDown = false;
  const first = fleet.start("a", {
    table: {
      create: async (next, lease, signal) => {
        const isCreated = await next(lease, signal);
        // The second child has its lease: before the parent is marked, the worker is gone.
        if (lease.shardId === shardIdOf(2)) isDown = true;
        return isCreated;
      },
      update: (next, key, move, signal) =>
        isDown ? untilAborted(new Promise(() => undefined), signal) : next(key, move, signal),
    },
  });
  await fleet.clock.advance(1000);
  await fleet.split(shardIdOf(0), HALF);
  await fleet.put(["low"], 0n);
  await fleet.until(() => isDown);
  first.cutOff();
  expect(leaseAt(fleet, 0)?.checkpoint.sequenceNumber).not.toBe("SHARD_END");
  expect(leaseAt(fleet, 1)).toBeDefined();
  fleet.start("b");
  await fleet.clock.advance(3 * FAILOVER_MS);
  expect(fleet.table.snapshot()).toHaveLength(3);
  expect(leaseAt(fleet, 0)?.checkpoint.sequenceNumber).toBe("SHARD_END");
  expect(fleet.texts("b").at(-1)).toBe("low");
});

test("descendants of descendants are read in their order, from the beginning of the stream", async () => {
  const fleet = newFleet(1);
  await fleet.put(["0"]);
  await fleet.split(shardIdOf(0), HALF);
  await fleet.put(["1"], 0n);
  await fleet.merge(shardIdOf(1), shardIdOf(2));
  await fleet.put(["3"], 0n);
  await fleet.split(shardIdOf(3), HALF);
  await fleet.put(["4"], 0n);
  fleet.start("a");
  fleet.start("b");
  await fleet.until(() => fleet.deliveries.length === 4);
  expect(fleet.texts()).toEqual(["0", "1", "3", "4"]);
});

test("50 descendant-trim: from LATEST on, children of a shard that is read are read from their beginning", async () => {
  const fleet = newFleet(1);
  const worker = fleet.start("a", { options: { startAt: "LATEST", read: { idleMs: 5000 } } });
  await fleet.clock.advance(2000);
  await fleet.split(shardIdOf(0), HALF);
  await fleet.put(["low"], 0n);
  await fleet.put(["high"], HALF);
  await fleet.until(() => fleet.deliveries.length === 2);
  expect(worker.of("shardStarted").map(({ sequenceNumber }) => sequenceNumber)).toEqual([
    "LATEST",
    "TRIM_HORIZON",
    "TRIM_HORIZON",
  ]);
});

test("48 init-latest: a new application at LATEST leases the open shards alone", async () => {
  const fleet = newFleet(2);
  await fleet.split(shardIdOf(0), HALF / 2n);
  fleet.start("a", { options: { startAt: "LATEST" } });
  await fleet.clock.advance(3000);
  expect(
    fleet.table
      .snapshot()
      .map(({ shardId }) => shardId)
      .sort(),
  ).toEqual([1, 2, 3].map(shardIdOf));
});

test("48 init-trim: a new application at TRIM_HORIZON reads closed shards too, in their order", async () => {
  const fleet = newFleet(2);
  await fleet.split(shardIdOf(0), HALF / 2n);
  const worker = fleet.start("a");
  await fleet.clock.advance(5000);
  expect(fleet.table.snapshot()).toHaveLength(4);
  const started = worker.of("shardStarted").map(({ shardId }) => shardId);
  expect(started.indexOf(shardIdOf(2))).toBeGreaterThan(started.indexOf(shardIdOf(0)));
  expect(leaseAt(fleet, 0)?.checkpoint.sequenceNumber).toBe("SHARD_END");
});

test("59 parent-shard-gone: shards whose parents have aged out are read", async () => {
  const fleet = newFleet(1);
  await fleet.put(["old"]);
  await fleet.split(shardIdOf(0), HALF);
  await fleet.clock.advance(25 * 3_600_000);
  await fleet.put(["new"], 0n);
  fleet.start("a");
  await fleet.until(() => fleet.deliveries.length === 1);
  expect(fleet.texts()).toEqual(["new"]);
});

test("a shard that ages out under its reader is done, and its children are read", async () => {
  const fleet = newFleet(1);
  const gate = newGate();
  await fleet.put(["old"]);
  fleet.start("a", {
    handle: ({ records }) => (records[0]?.data[0] === 0x6f ? gate.opened : undefined),
    options: { prefetch: { maxRecords: 1 } },
  });
  await fleet.until(() => fleet.deliveries.length === 1);
  await fleet.split(shardIdOf(0), HALF);
  await fleet.clock.advance(26 * 3_600_000);
  gate.open();
  await fleet.put(["new"], 0n);
  await fleet.clock.advance(120_000);
  expect(fleet.texts()).toContain("new");
});
