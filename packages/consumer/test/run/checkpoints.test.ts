import { KinesisError, sleep } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { ShardContext } from "../../src/batch/handler.ts";
import type { ShardStart } from "../../src/shard/shard-hooks.ts";
import { FAILOVER_MS, Fleet } from "../support/fleet.ts";
import { aggregateOf, textOf } from "../support/kinesis-records.ts";
import { range } from "../support/lease-views.ts";

const TEN = aggregateOf(range(10).map((i) => ({ text: `r${i}` })));

describe("with manual checkpoints", () => {
  test("nothing is written that the application has not asked for, and a worker does not repeat itself", async () => {
    const fleet = new Fleet(1);
    await fleet.put(range(10).map((i) => `r${i}`));
    const a = fleet.start("a", { checkpoint: "manual", batch: { maxRecords: 3 } });
    await fleet.clock.advance(60_000);
    expect(fleet.texts).toHaveLength(10);
    expect(fleet.table.snapshot()[0]?.checkpoint.sequenceNumber).toBe("TRIM_HORIZON");
    a.stop();
    await fleet.clock.advance(0);
    fleet.start("b");
    await fleet.clock.advance(1000);
    expect(fleet.texts.slice(10)).toEqual(range(10).map((i) => `r${i}`));
  });

  test("what was asked for without waiting is written before the lease is given up", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["x", "y", "behind it"]);
    const a = fleet.start("a", {
      checkpoint: "manual",
      tableFaults: {
        update: async (next, ...args) => {
          await sleep(fleet.clock, 500, args[2]);
          return next(...args);
        },
      },
      handle: async ({ records }, { checkpoint, signal }) => {
        void checkpoint(records[0]);
        await sleep(fleet.clock, 100, signal);
        void checkpoint(records[1]);
        a.stop();
      },
    });
    await fleet.clock.advance(5000);
    expect([a.run.state(), fleet.owners]).toEqual(["resolved", [undefined]]);
    const { sequenceNumber } = fleet.delivered[1]?.record ?? {};
    expect(fleet.table.snapshot()[0]?.checkpoint.sequenceNumber).toBe(sequenceNumber);
  });

  test.each(range(10))(
    "80 mid-aggregate-resume: the next worker goes on behind record %i of an aggregate of ten",
    async (i) => {
      const fleet = new Fleet(1);
      await fleet.putData(TEN);
      const a = fleet.start("a", {
        checkpoint: "manual",
        handle: async ({ records }, { checkpoint }) => checkpoint(records[i]),
      });
      await fleet.clock.advance(1000);
      expect(fleet.table.snapshot()[0]?.checkpoint.subSequenceNumber).toBe(i);
      a.crash();
      fleet.start("b");
      await fleet.clock.advance(2 * FAILOVER_MS);
      expect(fleet.texts.slice(10)).toEqual(range(9 - i).map((n) => `r${i + 1 + n}`));
    },
  );

  test("an idle shard's last records may be checkpointed long after they were handled", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["x"]);
    const contexts: ShardContext[] = [];
    fleet.start("a", { checkpoint: "manual", handle: (_, shard) => void contexts.push(shard) });
    await fleet.clock.advance(3_600_000);
    const written = contexts[0]?.checkpoint();
    await fleet.clock.advance(0);
    await written;
    const { sequenceNumber } = fleet.delivered[0]?.record ?? {};
    expect(fleet.table.snapshot()[0]?.checkpoint.sequenceNumber).toBe(sequenceNumber);
  });
});

test("75 prepare-sub: what was prepared survives a crash, with its index and its state, until it is made", async () => {
  const fleet = new Fleet(1);
  await fleet.putData(TEN);
  const state = new TextEncoder().encode("transaction 7");
  const a = fleet.start("a", {
    handle: async ({ records }, { prepareCheckpoint }) => {
      await prepareCheckpoint(records[6], state);
      return new Promise<void>(() => undefined);
    },
  });
  await fleet.clock.advance(5000);
  a.crash();
  const starts: ShardStart[] = [];
  fleet.start("b", {
    hooks: {
      onShardStarted: async (_, start) => void starts.push(start),
    },
  });
  await fleet.clock.advance(2 * FAILOVER_MS);
  const { sequenceNumber } = fleet.delivered[0]?.record ?? {};
  expect(starts).toEqual([
    {
      checkpoint: { sequenceNumber: "TRIM_HORIZON", subSequenceNumber: 0 },
      pendingCheckpoint: { position: { sequenceNumber, subSequenceNumber: 6 }, state },
    },
  ]);
  expect(fleet.table.snapshot()[0]).not.toHaveProperty("pendingCheckpoint");
});

test("76 checkpoint-after-lost: rejects with LEASE_LOST in the handler, and the worker lives on", async () => {
  const fleet = new Fleet(1);
  const outcomes: unknown[] = [];
  let isDown = false;
  const a = fleet.start("a", {
    tableFaults: {
      update: (next, ...args) => (isDown ? Promise.reject(new Error("no table")) : next(...args)),
    },
    handle: async (_, { checkpoint }) => {
      if (outcomes.length > 0) return;
      isDown = true;
      await checkpoint().catch((error: unknown) => {
        outcomes.push(error);
        isDown = false;
        throw error;
      });
    },
  });
  await fleet.put(["x"]);
  await fleet.clock.advance(3 * FAILOVER_MS);
  expect(KinesisError.is(outcomes[0], "LEASE_LOST")).toBe(true);
  expect(a.run.state()).toBe("pending");
  expect(a.told("leaseLost")).toMatchObject([{ cause: "expired" }]);
  expect(fleet.texts).toEqual(["x", "x"]);
});

test("a handover asks the application first, which checkpoints, and nothing comes twice", async () => {
  const fleet = new Fleet(2);
  const asked: string[] = [];
  const setup = (name: string) => ({
    checkpoint: "manual" as const,
    hooks: {
      onShutdownRequested: async ({ checkpoint, shardId }: ShardContext) => {
        asked.push(`${name} ${shardId}`);
        await checkpoint();
      },
    },
  });
  for (const i of range(20)) await fleet.put([`r${i}`], `key-${i}`);
  fleet.start("a", setup("a"));
  await fleet.clock.advance(5000);
  fleet.start("b", setup("b"));
  await fleet.clock.advance(20_000);
  expect(new Set(fleet.owners)).toEqual(new Set(["a", "b"]));
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatch(/^a shardId-/);
  expect(fleet.texts.sort()).toEqual(
    range(20)
      .map((i) => `r${i}`)
      .sort(),
  );
});

test.each(["auto", "manual"] as const)(
  "a batch that fails comes again from behind what its handler has checkpointed, with %s checkpoints",
  async (checkpoint) => {
    const fleet = new Fleet();
    await fleet.put(["a", "b", "c", "d"]);
    let failures = 0;
    const worker = fleet.start("w", {
      checkpoint,
      handle: async ({ records }, shard) => {
        for (const record of records) {
          if (textOf(record) === "c" && failures < 1) {
            failures += 1;
            throw new Error("for once");
          }
          await shard.checkpoint(record);
        }
      },
    });
    await fleet.clock.advance(10_000);
    expect(fleet.texts).toEqual(["a", "b", "c", "d", "c", "d"]);
    expect(worker.told("batchFailed")).toMatchObject([{ records: 2, attempts: 1 }]);
  },
);
