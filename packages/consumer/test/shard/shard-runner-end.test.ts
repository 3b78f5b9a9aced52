import { type ChildShard, KinesisError, type Shard, SHARD_END } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { Lease } from "../../src/lease/lease.ts";
import { failed } from "../support/failures.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { leaseOf, positionOf, shardIdOf } from "../support/leases.ts";
import { newGate } from "../support/promises.ts";
import { merge, newRunner, type Running, split } from "../support/shard-running.ts";

const TAKEN = { owner: "you", nativeOwner: "you", counter: 1 };

/** A shard at its end that was merged with another one without a lease, and a listing that a test may change. */
async function mergedBehind(listing: (shards: readonly Shard[]) => readonly Shard[]): Promise<{
  readonly running: Running;
  readonly become: (listing: (shards: readonly Shard[]) => readonly Shard[]) => void;
}> {
  let shown = listing;
  const running = await newRunner({
    kinesisFaults: {
      listShards: async (next, ...args) => ({ shards: shown((await next(...args)).shards) }),
    },
  });
  await merge(running);
  return { running, become: (next) => (shown = next) };
}

describe("the end", () => {
  test("S8: comes when every record is handled: children first, then SHARD_END, then the word", async () => {
    const gate = newGate();
    const running = await newRunner({ handle: () => gate.opened });
    await running.put("last");
    await split(running);
    const run = running.start();
    await running.clock.advance(3000);
    expect(running.table.snapshot()).toHaveLength(1);
    gate.open();
    await running.clock.advance(0);
    expect(run.state()).toBe("resolved");
    expect(running.item()).toMatchObject({
      checkpoint: SHARD_END,
      childShardIds: [shardIdOf(2), shardIdOf(3)],
    });
    expect(running.table.snapshot().slice(1)).toMatchObject(
      [2, 3].map((i) => ({
        shardId: shardIdOf(i),
        counter: 0,
        parentShardIds: [shardIdOf(0)],
        checkpoint: positionOf("TRIM_HORIZON"),
      })),
    );
    expect(running.endings()).toBe(1);
  });

  test.each<[string, readonly ChildShard[], string]>([
    ["without children", [], "the shard has ended and names no children"],
    [
      "with half of a merge",
      [{ shardId: shardIdOf(2), parentShardIds: [shardIdOf(0)] }],
      `${shardIdOf(2)} is an only child and does not have two parents`,
    ],
    [
      "with the child of another shard",
      [2, 3].map((i) => ({ shardId: shardIdOf(i), parentShardIds: [shardIdOf(i - 2)] })),
      `${shardIdOf(3)} is named as a child of another shard`,
    ],
  ])(
    "that comes %s is none: the lease is given up, for whoever reads it again",
    async (_, children, reason) => {
      const running = await newRunner({
        kinesisFaults: {
          getRecords: async (next, ...args) => {
            const answer = await next(...args);
            return { ...answer, next: { kind: "shard-end", childShards: children } };
          },
        },
      });
      await running.put("last");
      const run = running.start();
      await running.clock.advance(0);
      expect(run.state()).toBe("resolved");
      expect(running.texts).toEqual(["last"]);
      expect(running.told).toEqual(["released to anybody"]);
      expect(running.endings()).toBe(0);
      expect(running.table.snapshot()).toHaveLength(1);
      expect(running.item().checkpoint).not.toEqual(SHARD_END);
      expect(running.events.of("shardStalled")).toMatchObject([{ reason }]);
    },
  );

  test("children that exist already are left alone", async () => {
    const running = await newRunner();
    const taken = leaseOf(2, { owner: "you", counter: 5 });
    await running.table.create(taken, ANY_SIGNAL);
    await split(running);
    const run = running.start();
    await running.clock.advance(0);
    expect(run.state()).toBe("resolved");
    expect(running.table.snapshot()[1]).toEqual(taken);
    expect(running.table.snapshot()).toHaveLength(3);
  });

  test("63 stream-recreated: is not written while a child has the lease of another stream, which is told", async () => {
    const running = await newRunner({ lease: { streamEpoch: 8 } });
    const stale = leaseOf(2, { streamEpoch: 7 });
    await running.table.create(stale, ANY_SIGNAL);
    await split(running);
    const run = running.start();
    await running.clock.advance(5000);
    expect([run.state(), running.endings()]).toEqual(["pending", 0]);
    expect(running.item().checkpoint).not.toEqual(SHARD_END);
    const stalled = { shardId: shardIdOf(0), reason: expect.stringContaining(shardIdOf(2)) };
    expect(running.events.of("shardStalled").at(-1)).toMatchObject(stalled);
    await running.table.delete(stale.key, { streamEpoch: 7 }, ANY_SIGNAL);
    await running.clock.advance(1500);
    expect(run.state()).toBe("resolved");
    expect(running.item().checkpoint).toEqual(SHARD_END);
    expect(running.table.snapshot().map(({ streamEpoch }) => streamEpoch)).toEqual([8, 8, 8]);
  });

  test("63 stream-recreated: a lease of the old stream leaves the new one's children alone, and is not ended", async () => {
    const running = await newRunner({ lease: { streamEpoch: 7 } });
    const young = leaseOf(2, { streamEpoch: 8, owner: "you", counter: 5 });
    await running.table.create(young, ANY_SIGNAL);
    await split(running);
    const run = running.start();
    await running.clock.advance(5000);
    expect(running.table.snapshot()[1]).toEqual(young);
    expect(running.item().checkpoint).not.toEqual(SHARD_END);
    running.runner.drain();
    await running.clock.advance(0);
    expect([run.state(), running.told]).toEqual(["resolved", ["released to anybody"]]);
  });

  test.each([
    ["its own does not say when its stream was created", undefined, 7],
    ["theirs do not", 7, undefined],
  ])("63 stream-recreated: comes with children that have leases, if %s", async (_, own, theirs) => {
    const ofTime = (epoch: number | undefined): Partial<Lease> =>
      epoch === undefined ? {} : { streamEpoch: epoch };
    const running = await newRunner({ lease: ofTime(own) });
    const there = leaseOf(2, { ...ofTime(theirs), owner: "you", counter: 5 });
    await running.table.create(there, ANY_SIGNAL);
    await split(running);
    const run = running.start();
    await running.clock.advance(0);
    expect(run.state()).toBe("resolved");
    expect(running.table.snapshot()[1]).toEqual(there);
    expect(running.item().checkpoint).toEqual(SHARD_END);
  });

  test("63 stream-recreated: waits while the other parent has the lease of another stream, and tells it", async () => {
    const running = await newRunner({ lease: { streamEpoch: 8 } });
    const stale = leaseOf(1, { streamEpoch: 7 });
    await running.table.create(stale, ANY_SIGNAL);
    await merge(running);
    const run = running.start();
    await running.clock.advance(5000);
    expect(running.table.snapshot()).toHaveLength(2);
    const stalled = { shardId: shardIdOf(0), reason: expect.stringContaining(shardIdOf(1)) };
    expect(running.events.of("shardStalled").at(-1)).toMatchObject(stalled);
    await running.table.delete(stale.key, { streamEpoch: 7 }, ANY_SIGNAL);
    await running.clock.advance(5000);
    expect(running.table.snapshot()).toHaveLength(1);
    await running.table.create(leaseOf(1, { streamEpoch: 8 }), ANY_SIGNAL);
    await running.clock.advance(1500);
    expect(run.state()).toBe("resolved");
    expect(running.table.snapshot()[2]?.shardId).toBe(shardIdOf(2));
  });

  test("is not written while the item in a child's place is gone again, until there is a lease", async () => {
    let refusals = 1;
    const running = await newRunner({
      tableFaults: {
        // What stood there is deleted right after it was in the way.
        create: async (next, ...args) => {
          refusals -= 1;
          return refusals >= 0 ? false : next(...args);
        },
      },
    });
    await split(running);
    const run = running.start();
    await running.clock.advance(0);
    expect(run.state()).toBe("resolved");
    expect(running.table.snapshot().map(({ shardId }) => shardId)).toEqual(
      [0, 2, 3].map(shardIdOf),
    );
  });

  test("is not written while a child's lease cannot be created, which is told", async () => {
    let failures = 3;
    const running = await newRunner({
      tableFaults: {
        create: async (next, ...args) => {
          failures -= 1;
          if (failures >= 0) throw failed("throttled");
          return next(...args);
        },
      },
    });
    await split(running);
    const run = running.start();
    await running.clock.advance(100);
    expect(running.item().checkpoint).not.toEqual(SHARD_END);
    await running.clock.advance(3000);
    expect(run.state()).toBe("resolved");
    expect(running.events.of("shardStalled")).toHaveLength(3);
  });

  test("56 merge-missing-parent-lease: waits for the lease of the other parent, and tells it", async () => {
    const running = await newRunner();
    await merge(running);
    const run = running.start();
    await running.clock.advance(5000);
    expect(running.table.snapshot()).toHaveLength(1);
    const stalled = { shardId: shardIdOf(0), reason: expect.stringContaining(shardIdOf(1)) };
    expect(running.events.of("shardStalled").at(-1)).toMatchObject(stalled);
    await running.table.create(leaseOf(1), ANY_SIGNAL);
    await running.clock.advance(1500);
    expect(run.state()).toBe("resolved");
    expect(running.table.snapshot()[2]).toMatchObject({
      shardId: shardIdOf(2),
      parentShardIds: [shardIdOf(0), shardIdOf(1)],
    });
  });

  test("56 merge-missing-parent-lease: does not wait for a parent that the stream has forgotten", async () => {
    const running = await newRunner({
      kinesisFaults: {
        listShards: async (next, ...args) => {
          const { shards } = await next(...args);
          return { shards: shards.filter(({ shardId }) => shardId !== shardIdOf(1)) };
        },
      },
    });
    await merge(running);
    const run = running.start();
    await running.clock.advance(0);
    expect(run.state()).toBe("resolved");
    expect(running.table.snapshot()[1]?.shardId).toBe(shardIdOf(2));
  });

  test("56 merge-missing-parent-lease: a listing from before the merge does not tell that the other parent is gone", async () => {
    const { become, running } = await mergedBehind((shards) => shards.slice(0, 1));
    const run = running.start();
    await running.clock.advance(10_000);
    expect(running.table.snapshot()).toHaveLength(1);
    const stalled = { shardId: shardIdOf(0), reason: expect.stringContaining(shardIdOf(1)) };
    expect(running.events.of("shardStalled").at(-1)).toMatchObject(stalled);
    become((shards) => shards);
    await running.clock.advance(10_000);
    expect(running.table.snapshot()).toHaveLength(1);
    await running.table.create(leaseOf(1), ANY_SIGNAL);
    await running.clock.advance(1500);
    expect(run.state()).toBe("resolved");
    expect(running.table.snapshot()[2]?.shardId).toBe(shardIdOf(2));
  });

  test("56 merge-missing-parent-lease: a child that younger shards have outlived does not wait for the other parent", async () => {
    const { running } = await mergedBehind((shards) =>
      shards.slice(0, 1).map((shard) => ({ ...shard, shardId: shardIdOf(3) })),
    );
    const run = running.start();
    await running.clock.advance(0);
    expect(run.state()).toBe("resolved");
    expect(running.table.snapshot()[1]?.shardId).toBe(shardIdOf(2));
  });

  test("59 parent-shard-gone: a shard that the stream has forgotten is at its end, without children", async () => {
    const { clock, endings, events, item, start } = await newRunner({
      kinesisFaults: {
        getRecords: () => Promise.reject(failed("missing")),
        listShards: async () => ({ shards: [] }),
      },
      lease: { childShardIds: ["noted before"] },
    });
    const run = start();
    await clock.advance(0);
    expect([run.state(), endings()]).toEqual(["resolved", 1]);
    expect(events.of("shardAgedOut")).toMatchObject([{ sequenceNumber: "TRIM_HORIZON" }]);
    expect(item()).toMatchObject({ checkpoint: SHARD_END, childShardIds: ["noted before"] });
  });

  test.each([
    ["there", true],
    ["gone", false],
  ])(
    "59 parent-shard-gone: without the permission to describe the stream its shards tell whether it is %s",
    async (_, isThere) => {
      const { clock, events, item, start } = await newRunner({
        kinesisFaults: {
          getRecords: () => Promise.reject(failed("missing")),
          listShards: () =>
            isThere ? Promise.resolve({ shards: [] }) : Promise.reject(failed("missing")),
          describeStreamSummary: () => Promise.reject(failed("denied")),
        },
      });
      const run = start();
      await clock.advance(0);
      expect(events.of("shardStalled")).toEqual([]);
      expect(run.state()).toBe(isThere ? "resolved" : "rejected");
      expect(item().checkpoint).toEqual(isThere ? SHARD_END : positionOf("TRIM_HORIZON"));
    },
  );

  test("59 parent-shard-gone: is not decided while the stream cannot be asked, and that is told", async () => {
    let failures = 2;
    const { clock, events, start } = await newRunner({
      kinesisFaults: {
        getRecords: () => Promise.reject(failed("missing")),
        listShards: async () => ({ shards: [] }),
        describeStreamSummary: async (next, ...args) => {
          failures -= 1;
          if (failures >= 0) throw failed("throttled");
          return next(...args);
        },
      },
    });
    const run = start();
    await clock.advance(0);
    expect([run.state(), events.of("shardStalled").length]).toEqual(["pending", 1]);
    await clock.advance(5000);
    expect([run.state(), events.of("shardStalled").length]).toEqual(["resolved", 2]);
  });

  test.each([
    ["gone", "missing"],
    ["being deleted", "DELETING"],
  ])("62 stream-deleted: a shard of a stream that is %s is not at its end", async (_, what) => {
    const { clock, item, start } = await newRunner({
      kinesisFaults: {
        getRecords: () => Promise.reject(failed("missing")),
        listShards: () => Promise.reject(failed("missing")),
        describeStreamSummary: async (next, ...args) => {
          if (what === "missing") throw failed("missing");
          return { ...(await next(...args)), status: "DELETING" };
        },
      },
    });
    const run = start();
    await clock.advance(0);
    expect(KinesisError.is(run.reason(), "STREAM_NOT_FOUND")).toBe(true);
    expect(item().checkpoint).not.toEqual(SHARD_END);
  });

  test("62 stream-deleted: is told also by a runner that is drained meanwhile, once the lease is given up", async () => {
    const running = await newRunner({
      kinesisFaults: {
        getRecords: () => Promise.reject(failed("missing")),
        listShards: () => Promise.reject(failed("missing")),
        describeStreamSummary: () => {
          running.runner.drain();
          return Promise.reject(failed("missing"));
        },
      },
    });
    const run = running.start();
    await running.clock.advance(0);
    expect(KinesisError.is(run.reason(), "STREAM_NOT_FOUND")).toBe(true);
    expect(running.told).toEqual(["released to anybody"]);
  });

  test("of a lease that is lost while it is written is no end", async () => {
    const running = await newRunner({
      tableFaults: {
        create: async (next, ...args) => {
          await running.write(TAKEN);
          return next(...args);
        },
      },
    });
    await split(running);
    const run = running.start();
    await running.clock.advance(0);
    expect(run.state()).toBe("resolved");
    expect(running.told).toEqual(["lost: taken, you has it"]);
    expect(running.endings()).toBe(0);
    expect(running.item().checkpoint).not.toEqual(SHARD_END);
  });
});
