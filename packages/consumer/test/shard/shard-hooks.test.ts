import { KinesisError } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { ShardStart } from "../../src/shard/shard-hooks.ts";
import { FAILOVER_MS } from "../support/held.ts";
import { positionOf, shardIdOf } from "../support/leases.ts";
import { failingHook, notingHooks } from "../support/hooks.ts";
import { newGate } from "../support/promises.ts";
import { newRunner } from "../support/shard-running.ts";

const TAKEN = { owner: "you", nativeOwner: "you", counter: 1 };

describe("onShardStarted", () => {
  test("is called once, before any record, with the checkpoint, and reading waits for it", async () => {
    const gate = newGate();
    const starts: ShardStart[] = [];
    const { calls, setup } = notingHooks({
      onShardStarted: (_, start) => {
        starts.push(start);
        return gate.opened;
      },
    });
    const { clock, events, put, start } = await newRunner(setup);
    await put("a");
    start();
    await clock.advance(2500);
    expect([calls, events.of("shardStarted")]).toEqual([["onShardStarted"], []]);
    gate.open();
    await clock.advance(2500);
    await put("b");
    await clock.advance(2500);
    expect(calls).toEqual(["onShardStarted", "batch", "batch"]);
    expect(starts).toEqual([{ checkpoint: positionOf("TRIM_HORIZON") }]);
  });

  test("75 prepare-sub: gets what was prepared and not made, with its state", async () => {
    const pendingCheckpoint = { position: positionOf(9, 4), state: new Uint8Array([1]) };
    const starts: ShardStart[] = [];
    const { clock, start } = await newRunner({
      lease: { checkpoint: positionOf(7), pendingCheckpoint },
      hooks: { onShardStarted: (_, given) => void starts.push(given) },
    });
    start();
    await clock.advance(0);
    expect(starts).toEqual([{ checkpoint: positionOf(7), pendingCheckpoint }]);
  });

  test("is repeated while it fails, and that is told", async () => {
    const { calls, setup } = notingHooks({ onShardStarted: failingHook(2) });
    const { clock, events, put, start } = await newRunner(setup);
    await put("a");
    start();
    await clock.advance(5000);
    expect(calls).toEqual(["onShardStarted", "onShardStarted", "onShardStarted", "batch"]);
    expect(events.of("hookFailed")).toMatchObject([
      { shardId: shardIdOf(0), hook: "onShardStarted", attempts: 1 },
      { attempts: 2, error: new Error("hook failure 2") },
    ]);
    expect(events.of("hookFailed")[0]?.retryAfterMs).toBeGreaterThan(0);
  });

  test("that never succeeds leaves nothing for the other hooks: the lease is given up without a word", async () => {
    const { calls, setup } = notingHooks({ onShardStarted: failingHook(99) });
    const { clock, runner, start, told } = await newRunner(setup);
    const run = start();
    await clock.advance(5000);
    runner.drain();
    await clock.advance(0);
    expect([run.state(), told]).toEqual(["resolved", ["released to anybody"]]);
    expect(new Set(calls)).toEqual(new Set(["onShardStarted"]));
  });

  test("that never succeeded keeps onLeaseLost from being called, too", async () => {
    const { calls, setup } = notingHooks({ onShardStarted: failingHook(99) });
    const { clock, held, start, told, write } = await newRunner(setup);
    const run = start();
    await clock.advance(1000);
    await write(TAKEN);
    await held.renew();
    await clock.advance(0);
    expect([run.state(), told]).toEqual(["resolved", ["lost: taken, you has it"]]);
    expect(new Set(calls)).toEqual(new Set(["onShardStarted"]));
  });

  test("that hangs is not waited for once the shard is abandoned", async () => {
    const { calls, setup } = notingHooks({ onShardStarted: () => new Promise(() => undefined) });
    const { clock, runner, start, told } = await newRunner(setup);
    const run = start();
    await clock.advance(0);
    runner.drain();
    await clock.advance(1000);
    expect(run.state()).toBe("pending");
    runner.abandon(new Error("over"));
    await clock.advance(0);
    expect([run.state(), told]).toEqual(["resolved", ["released to anybody"]]);
    expect(calls).toEqual(["onShardStarted"]);
  });
});

describe("onLeaseLost", () => {
  test("is called once, as the last, when the batch in hand has settled, and nothing can be checkpointed", async () => {
    const gate = newGate();
    const outcomes: unknown[] = [];
    const { calls, setup } = notingHooks({
      onLeaseLost: async ({ checkpoint, signal }) => {
        outcomes.push(signal.aborted);
        await checkpoint().catch((error: unknown) => outcomes.push(error));
      },
    });
    const { clock, held, item, put, start, write } = await newRunner({
      ...setup,
      handle: async () => {
        calls.push("batch");
        await gate.opened;
      },
    });
    await put("a");
    const run = start();
    await clock.advance(0);
    await write(TAKEN);
    await held.renew();
    await clock.advance(1000);
    expect(calls).toEqual(["onShardStarted", "batch"]);
    gate.open();
    await clock.advance(0);
    expect([run.state(), calls]).toEqual(["resolved", ["onShardStarted", "batch", "onLeaseLost"]]);
    expect(outcomes[0]).toBe(true);
    expect(KinesisError.is(outcomes[1], "LEASE_LOST")).toBe(true);
    expect(item().checkpoint).toEqual(positionOf("TRIM_HORIZON"));
  });

  test("is called when the lease expired, with no word of a shutdown before", async () => {
    const { calls, setup } = notingHooks();
    const { clock, held, runner, start } = await newRunner(setup);
    start();
    await clock.advance(FAILOVER_MS);
    runner.drain();
    await clock.advance(0);
    expect([calls, held.signal.aborted]).toEqual([["onShardStarted", "onLeaseLost"], true]);
  });

  test("is never called after a release or an end", async () => {
    const { calls, setup } = notingHooks();
    const { clock, held, runner, start } = await newRunner(setup);
    start();
    await clock.advance(0);
    runner.drain();
    await clock.advance(2 * FAILOVER_MS);
    expect(held.isValid()).toBe(false);
    expect(calls).toEqual(["onShardStarted", "onShutdownRequested"]);
  });

  test("that fails is told and not repeated", async () => {
    const { calls, setup } = notingHooks({ onLeaseLost: failingHook(9) });
    const { clock, events, held, start, write } = await newRunner(setup);
    const run = start();
    await clock.advance(0);
    await write(TAKEN);
    await held.renew();
    await clock.advance(60_000);
    expect([run.state(), calls]).toEqual(["resolved", ["onShardStarted", "onLeaseLost"]]);
    expect(events.of("hookFailed")).toEqual([
      {
        shardId: shardIdOf(0),
        hook: "onLeaseLost",
        attempts: 1,
        retryAfterMs: undefined,
        error: new Error("hook failure 1"),
      },
    ]);
  });
});

describe("onShutdownRequested", () => {
  test("is called once the batch in hand is done, before the lease is given up, and may checkpoint", async () => {
    const gate = newGate();
    const { calls, setup } = notingHooks({
      onShutdownRequested: async ({ checkpoint, signal }) => {
        expect(signal.aborted).toBe(false);
        await checkpoint();
      },
    });
    const { clock, item, put, runner, start, told } = await newRunner({
      ...setup,
      checkpoint: "manual",
      handle: async () => {
        calls.push("batch");
        await gate.opened;
      },
    });
    await put("a");
    const run = start();
    await clock.advance(0);
    runner.drain();
    await clock.advance(1000);
    expect(calls).toEqual(["onShardStarted", "batch"]);
    gate.open();
    await clock.advance(0);
    expect(calls).toEqual(["onShardStarted", "batch", "onShutdownRequested"]);
    expect([run.state(), told]).toEqual(["resolved", ["released to anybody"]]);
    expect(item().checkpoint.sequenceNumber).toMatch(/^\d+$/);
  });

  test("comes before a handover to another worker as well", async () => {
    const { calls, setup } = notingHooks();
    const { clock, held, runner, start, told, write } = await newRunner(setup);
    start();
    await clock.advance(0);
    await write({ wantedBy: "you" });
    await held.renew();
    runner.drain();
    await clock.advance(0);
    expect([calls, told]).toEqual([["onShardStarted", "onShutdownRequested"], ["released to you"]]);
  });

  test("between the tries of a record that fails cannot checkpoint that record", async () => {
    const { setup } = notingHooks({ onShutdownRequested: ({ checkpoint }) => checkpoint() });
    const { clock, item, put, runner, start, texts } = await newRunner({
      ...setup,
      checkpoint: "manual",
      maxRecords: 1,
      handle: () => {
        if (texts.at(-1) === "bad") throw new Error("always");
      },
    });
    await put("good", "bad", "behind");
    const run = start();
    await clock.advance(5000);
    runner.drain();
    await clock.advance(0);
    expect(run.state()).toBe("resolved");
    const { checkpoint } = item();
    const next = await newRunner({ lease: { checkpoint } });
    await next.put("good", "bad", "behind");
    next.start();
    await next.clock.advance(0);
    expect(next.texts).toEqual(["bad", "behind"]);
  });

  test("that hangs is waited for until the time to drain is over", async () => {
    const { setup } = notingHooks({ onShutdownRequested: () => new Promise(() => undefined) });
    const { clock, runner, start, told } = await newRunner(setup);
    const run = start();
    await clock.advance(0);
    runner.drain();
    await clock.advance(5000);
    expect([run.state(), told]).toEqual(["pending", []]);
    runner.abandon(new Error("over"));
    await clock.advance(0);
    expect([run.state(), told]).toEqual(["resolved", ["released to anybody"]]);
  });

  test.each(["auto", "manual"] as const)(
    "S4: is not called beside a handler that outlives the time to drain, whose batch it would checkpoint: %s",
    async (checkpoint) => {
      const { calls, setup } = notingHooks({ onShutdownRequested: (shard) => shard.checkpoint() });
      const { clock, item, put, runner, start, told } = await newRunner({
        ...setup,
        checkpoint,
        handle: () => new Promise(() => undefined),
      });
      await put("a");
      const run = start();
      await clock.advance(0);
      runner.drain();
      await clock.advance(1000);
      runner.abandon(new Error("over"));
      await clock.advance(1000);
      expect([run.state(), told]).toEqual(["resolved", ["released to anybody"]]);
      expect(calls).toEqual(["onShardStarted"]);
      expect(item().checkpoint).toEqual(positionOf("TRIM_HORIZON"));
    },
  );

  test("that hangs keeps onLeaseLost from being called beside it", async () => {
    const { calls, setup } = notingHooks({
      onShutdownRequested: () => new Promise(() => undefined),
    });
    const { clock, runner, start } = await newRunner(setup);
    const run = start();
    await clock.advance(0);
    runner.drain();
    await clock.advance(FAILOVER_MS);
    runner.abandon(new Error("over"));
    await clock.advance(0);
    expect([run.state(), calls]).toEqual(["resolved", ["onShardStarted", "onShutdownRequested"]]);
  });

  test("that fails is told, and the lease given up all the same", async () => {
    const { calls, setup } = notingHooks({ onShutdownRequested: failingHook(9) });
    const { clock, events, runner, start, told } = await newRunner(setup);
    start();
    await clock.advance(0);
    runner.drain();
    await clock.advance(0);
    expect([calls.length, told]).toEqual([2, ["released to anybody"]]);
    expect(events.of("hookFailed")).toMatchObject([{ hook: "onShutdownRequested", attempts: 1 }]);
  });

  test("during which the lease is lost is followed by onLeaseLost", async () => {
    const gate = newGate();
    const { calls, setup } = notingHooks({ onShutdownRequested: () => gate.opened });
    const { clock, runner, start } = await newRunner(setup);
    start();
    await clock.advance(0);
    runner.drain();
    await clock.advance(FAILOVER_MS);
    gate.open();
    await clock.advance(0);
    expect(calls).toEqual(["onShardStarted", "onShutdownRequested", "onLeaseLost"]);
  });
});
