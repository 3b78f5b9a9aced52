import { SHARD_END, sleep } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { ShardContext } from "../../src/batch/handler.ts";
import { failed } from "../support/failures.ts";
import { FAILOVER_MS } from "../support/held.ts";
import { failingHook, notingHooks } from "../support/hooks.ts";
import { newGate } from "../support/promises.ts";
import { newRunner, split } from "../support/shard-running.ts";

const TAKEN = { owner: "you", nativeOwner: "you", counter: 1 };

describe("onShardEnded", () => {
  test("is called when every record is handled and the children have leases, before the end is written", async () => {
    const gate = newGate();
    const { calls, setup } = notingHooks({ onShardEnded: () => gate.opened });
    const running = await newRunner(setup);
    await running.put("a");
    await split(running);
    const run = running.start();
    await running.clock.advance(1000);
    expect(calls).toEqual(["onShardStarted", "batch", "onShardEnded"]);
    expect(running.table.snapshot()).toHaveLength(3);
    expect(running.item().checkpoint).not.toEqual(SHARD_END);
    gate.open();
    await running.clock.advance(0);
    expect([run.state(), running.item().checkpoint]).toEqual(["resolved", SHARD_END]);
    expect(calls).toHaveLength(3);
  });

  test("is repeated until it succeeds", async () => {
    const { calls, setup } = notingHooks({ onShardEnded: failingHook(3) });
    const running = await newRunner(setup);
    await split(running);
    const run = running.start();
    await running.clock.advance(FAILOVER_MS - 1);
    expect(calls.filter((call) => call === "onShardEnded")).toHaveLength(4);
    expect([run.state(), running.item().checkpoint]).toEqual(["resolved", SHARD_END]);
    expect(running.events.of("hookFailed").map(({ attempts }) => attempts)).toEqual([1, 2, 3]);
  });

  test("that keeps failing does not keep a worker from draining, nor does it end the shard", async () => {
    const { calls, setup } = notingHooks({ onShardEnded: failingHook(99) });
    const running = await newRunner(setup);
    await split(running);
    const run = running.start();
    await running.clock.advance(5000);
    running.runner.drain();
    await running.clock.advance(0);
    expect([run.state(), running.told]).toEqual(["resolved", ["released to anybody"]]);
    expect(calls.at(-1)).toBe("onShutdownRequested");
    expect(running.item().checkpoint).not.toEqual(SHARD_END);
  });

  test("that hangs does not end the shard either, when nobody waits for it any more", async () => {
    const { setup } = notingHooks({ onShardEnded: () => new Promise(() => undefined) });
    const running = await newRunner(setup);
    await split(running);
    const run = running.start();
    await running.clock.advance(1000);
    running.runner.abandon(new Error("over"));
    await running.clock.advance(0);
    expect([run.state(), running.told]).toEqual(["resolved", ["released to anybody"]]);
    expect(running.item().checkpoint).not.toEqual(SHARD_END);
  });

  test("during which the lease is lost is followed by onLeaseLost", async () => {
    const { calls, setup } = notingHooks({ onShardEnded: failingHook(99) });
    const running = await newRunner(setup);
    await split(running);
    const run = running.start();
    await running.clock.advance(1000);
    await running.write(TAKEN);
    await running.held.renew();
    await running.clock.advance(0);
    expect([run.state(), calls.at(-1)]).toEqual(["resolved", "onLeaseLost"]);
  });
});

describe("74 shard-end-after-same-checkpoint: with manual checkpoints", () => {
  test.each(["last", "none"])(
    "the end is written although the last record was checkpointed already (%s given again in onShardEnded)",
    async (given) => {
      let last: { readonly sequenceNumber: string; readonly subSequenceNumber: number } | undefined;
      const running = await newRunner({
        checkpoint: "manual",
        hooks: {
          onShardEnded: ({ checkpoint }) => checkpoint(given === "last" ? last : undefined),
        },
        handle: async ({ records }, { checkpoint }) => {
          last = records.at(-1);
          await checkpoint(last);
        },
      });
      await running.put("a", "b");
      await split(running);
      const run = running.start();
      await running.clock.advance(1000);
      expect([run.state(), running.item().checkpoint]).toEqual(["resolved", SHARD_END]);
      expect(running.events.of("hookFailed")).toEqual([]);
    },
  );

  test("the end is written without a hook when the last record was checkpointed", async () => {
    const running = await newRunner({
      checkpoint: "manual",
      handle: (_, { checkpoint }) => checkpoint(),
    });
    await running.put("a", "b");
    await split(running);
    const run = running.start();
    await running.clock.advance(1000);
    expect([run.state(), running.item().checkpoint]).toEqual(["resolved", SHARD_END]);
  });

  test("a hook that does not checkpoint is called again, and the lack told", async () => {
    let calls = 0;
    const running = await newRunner({
      checkpoint: "manual",
      hooks: {
        onShardEnded: async ({ checkpoint }) => {
          calls += 1;
          if (calls === 3) await checkpoint();
        },
      },
    });
    await running.put("a");
    await split(running);
    const run = running.start();
    await running.clock.advance(FAILOVER_MS - 1);
    expect([calls, run.state(), running.item().checkpoint]).toEqual([3, "resolved", SHARD_END]);
    expect(running.events.of("hookFailed")).toMatchObject([
      { hook: "onShardEnded", attempts: 1, error: { code: "SHARD_END_NOT_CHECKPOINTED" } },
      { attempts: 2 },
    ]);
  });

  test("a hook that does not wait for its checkpoint is called once, however slow the table is", async () => {
    const { calls, setup } = notingHooks({ onShardEnded: ({ checkpoint }) => void checkpoint() });
    const running = await newRunner({
      ...setup,
      checkpoint: "manual",
      tableFaults: {
        update: async (next, key, move, signal) => {
          if (move.patch.checkpoint !== undefined) await sleep(running.clock, 1000, signal);
          return next(key, move, signal);
        },
      },
    });
    await running.put("a");
    await split(running);
    const run = running.start();
    await running.clock.advance(5000);
    expect([run.state(), running.item().checkpoint]).toEqual(["resolved", SHARD_END]);
    expect(calls).toEqual(["onShardStarted", "batch", "onShardEnded"]);
    expect(running.events.of("hookFailed")).toEqual([]);
  });

  test("77 failed-checkpoint-not-persisted: a hook whose checkpoint is refused is called again, and the end not written meanwhile", async () => {
    let calls = 0;
    let isRefused = true;
    const running = await newRunner({
      checkpoint: "manual",
      hooks: {
        onShardEnded: ({ checkpoint }) => {
          calls += 1;
          void checkpoint();
        },
      },
      tableFaults: {
        update: (next, key, move, ...rest) =>
          isRefused && move.patch.checkpoint !== undefined
            ? Promise.reject(failed("rejected", "ValidationException"))
            : next(key, move, ...rest),
      },
    });
    await running.put("a");
    await split(running);
    const run = running.start();
    await running.clock.advance(1000);
    isRefused = false;
    expect([run.state(), running.item().checkpoint]).not.toContainEqual(SHARD_END);
    expect(run.state()).toBe("pending");
    expect(calls).toBeGreaterThan(1);
    await running.clock.advance(5000);
    expect([run.state(), running.item().checkpoint]).toEqual(["resolved", SHARD_END]);
    expect(running.events.of("hookFailed")).toHaveLength(calls - 1);
  });

  test("without a hook it ends as soon as the application checkpoints, from wherever", async () => {
    const contexts: ShardContext[] = [];
    const running = await newRunner({
      checkpoint: "manual",
      handle: (_, shard) => void contexts.push(shard),
    });
    await running.put("a");
    await split(running);
    const run = running.start();
    await running.clock.advance(5000);
    expect(run.state()).toBe("pending");
    void contexts[0]?.checkpoint();
    await running.clock.advance(0);
    expect([run.state(), running.item().checkpoint]).toEqual(["resolved", SHARD_END]);
  });
});
