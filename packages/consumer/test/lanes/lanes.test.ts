import { KinesisError, SHARD_END } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { ShardContext } from "../../src/batch/handler.ts";
import { aggregateOf } from "../support/kinesis-records.ts";
import { range } from "../support/lease-views.ts";
import { startLanes } from "../support/laning.ts";
import { newGate } from "../support/promises.ts";
import { newRunner, split } from "../support/shard-running.ts";

describe("side by side", () => {
  test("different keys are, as many as may be", async () => {
    const { begun, end } = await startLanes(["a:1", "b:1", "c:1", "d:1"]);
    expect(begun).toEqual(["a:1", "b:1"]);
    await end("b:1");
    expect(begun).toEqual(["a:1", "b:1", "c:1"]);
  });

  test("records of one key are not, and come in their order", async () => {
    const { begun, end } = await startLanes(["a:1", "a:2", "b:1", "a:3"], { concurrency: 4 });
    expect(begun).toEqual(["a:1", "b:1"]);
    await end("a:1");
    expect(begun).toEqual(["a:1", "b:1", "a:2"]);
    await end("a:2");
    await end("b:1");
    expect(begun).toEqual(["a:1", "b:1", "a:2", "a:3"]);
  });

  test("keys take turns: one that has many records holds up nobody", async () => {
    const { begun, end } = await startLanes(["a:1", "a:2", "a:3", "b:1", "c:1"], {
      concurrency: 1,
    });
    for (const text of ["a:1", "b:1", "c:1", "a:2"]) await end(text);
    expect(begun).toEqual(["a:1", "b:1", "c:1", "a:2", "a:3"]);
  });

  test("a batch has what waits of one key, as far as its limits go", async () => {
    const texts = ["a:1", "a:2", "b:1", "a:3", "a:4", "b:2"];
    const { begun, end } = await startLanes(texts, { limits: { maxRecords: 3, maxBytes: 1e6 } });
    expect(begun).toEqual(["a:1+a:2+a:3", "b:1+b:2"]);
    await end("a:1+a:2+a:3");
    expect(begun).toEqual(["a:1+a:2+a:3", "b:1+b:2", "a:4"]);
  });

  test("without an order all are, whatever their keys", async () => {
    const { begun } = await startLanes(["a:1", "a:2", "b:1"], { ordering: "none" });
    expect(begun).toEqual(["a:1", "a:2"]);
  });

  test("without an order batches are, as they were cut, and so that there is one for each call", async () => {
    const texts = range(8).map((i) => `a:${i}`);
    const { begun } = await startLanes(texts, {
      ordering: "none",
      limits: { maxRecords: 100, maxBytes: 1e6 },
      window: { maxRecords: 6, maxBytes: 1e6, maxSpanRecords: 100 },
    });
    expect(begun).toEqual(["a:0+a:1+a:2", "a:3+a:4+a:5"]);
  });
});

describe("71 watermark-gap", () => {
  const texts = ["a:1", "b:1", "b:2", "a:2", "b:3"];

  test("lane a is slow and lane b far beyond: nothing is checkpointed beyond the oldest of a", async () => {
    const { checkpointed, end, runner } = await startLanes(texts);
    for (const text of ["b:1", "b:2", "b:3"]) await end(text);
    expect(await checkpointed()).toBeUndefined();
    await end("a:1");
    expect(await checkpointed()).toBe("b:2");
    await end("a:2");
    expect(await checkpointed()).toBe("b:3");
    expect(runner.look.progress.inHand).toBeUndefined();
  });

  test("the oldest that is not done is what the shard is said to be late by", async () => {
    const { clock, end, runner } = await startLanes(texts);
    await clock.advance(5000);
    await end("b:1");
    const { inHand, movedAtMs } = runner.look.progress;
    expect(clock.nowMs() - (inHand?.sinceMs ?? 0)).toBe(5000);
    expect(clock.nowMs() - movedAtMs).toBe(5000);
    await end("a:1");
    expect(runner.look.progress.movedAtMs).toBe(clock.nowMs());
  });
});

describe("the window", () => {
  test("bounds what is not done: behind a key that is slow others go on only as far", async () => {
    const window = { maxRecords: 3, maxBytes: 1e6, maxSpanRecords: 1000 };
    const texts = ["a:1", "a:2", "a:3", "b:1", "b:2"];
    const { begun, end } = await startLanes(texts, { window });
    expect(begun).toEqual(["a:1"]);
    await end("a:1");
    expect(begun).toEqual(["a:1", "b:1", "a:2"]);
  });

  test("bounds it in bytes, and takes a record that is larger alone", async () => {
    const window = { maxRecords: 100, maxBytes: 7, maxSpanRecords: 1000 };
    const { begun, end } = await startLanes(["a:1", "b:1", "c:1", "d:123456", "e:1"], {
      window,
      concurrency: 9,
    });
    expect(begun).toEqual(["a:1", "b:1"]);
    await end("a:1");
    expect(begun).toEqual(["a:1", "b:1", "c:1"]);
    await end("b:1");
    await end("c:1");
    expect(begun.slice(3)).toEqual(["d:123456"]);
    await end("d:123456");
    expect(begun.slice(4)).toEqual(["e:1"]);
  });

  test("bounds how far the newest may be ahead of the oldest, however much between them is done", async () => {
    const window = { maxRecords: 3, maxBytes: 1e6, maxSpanRecords: 5 };
    const texts = ["a:1", ...range(9).map((i) => `b${i}:1`)];
    const { begun, end } = await startLanes(texts, { window });
    for (const text of range(4).map((i) => `b${i}:1`)) await end(text);
    expect(begun).toEqual(["a:1", "b0:1", "b1:1", "b2:1", "b3:1"]);
    await end("a:1");
    expect(begun).toHaveLength(7);
  });

  test("reading pauses while it is full, and goes on", async () => {
    const window = { maxRecords: 2, maxBytes: 1e6, maxSpanRecords: 1000 };
    const { begun, budget, clock, end, held, putKeyed } = await startLanes(["a:1", "b:1"], {
      window,
    });
    // A fetch has 100 records at most, and the queue takes 1000.
    for (const i of range(15)) await putKeyed(...range(100).map((j) => `c:${i}-${j}`));
    await clock.advance(8000);
    await held.renew();
    const heldBytes = budget.usedBytes;
    await clock.advance(8000);
    expect(budget.usedBytes).toBe(heldBytes);
    await end("a:1");
    await end("b:1");
    expect(begun.slice(2)).toEqual(["c:0-0"]);
  });

  test("a fetch is held until the last record of it is done", async () => {
    const { budget, clock, end, putKeyed } = await startLanes(["a:1", "b:1"]);
    await putKeyed("c:1");
    await clock.advance(5000);
    await end("b:1");
    await end("c:1");
    const pinned = budget.usedBytes;
    expect(pinned).toBeGreaterThan(0);
    await end("a:1");
    expect(budget.usedBytes).toBe(0);
  });
});

describe("the end of a shard", () => {
  test("comes when every lane is done, and not before", async () => {
    const running = await startLanes(["a:1", "b:1", "a:2"]);
    await split(running);
    await running.clock.advance(5000);
    await running.end("b:1");
    await running.end("a:1");
    expect(running.events.of("shardEnded")).toEqual([]);
    await running.end("a:2");
    await running.clock.advance(1000);
    expect(running.events.of("shardEnded")).toHaveLength(1);
    expect(running.item().checkpoint).toEqual(SHARD_END);
  });

  test("does not come when the shard drains meanwhile", async () => {
    const running = await startLanes(["a:1", "a:2"]);
    await split(running);
    await running.clock.advance(5000);
    running.runner.drain();
    await running.end("a:1");
    expect(running.told).toEqual(["released to anybody"]);
    expect(running.item().checkpoint).toEqual(running.placeOf("a:1"));
    expect(running.begun).toEqual(["a:1"]);
  });
});

describe("a drain", () => {
  test("finishes what is in hand, begins nothing more, and then gives the lease up", async () => {
    const {
      begun,
      checkpointed: _,
      end,
      item,
      placeOf,
      runner,
      told,
    } = await startLanes(["a:1", "b:1", "a:2", "c:1"]);
    runner.drain();
    await end("a:1");
    expect(told).toEqual([]);
    await end("b:1");
    expect(begun).toEqual(["a:1", "b:1"]);
    expect(told).toEqual(["released to anybody"]);
    expect(item().checkpoint).toEqual(placeOf("b:1"));
  });

  test("whose time is over leaves handlers alone, and what they do then does not count", async () => {
    const { clock, end, held, item, placeOf, runner, tally, told } = await startLanes([
      "a:1",
      "b:1",
      "a:2",
    ]);
    await end("a:1");
    runner.abandon(new Error("time over"));
    await clock.advance(0);
    expect([told, held.isValid()]).toEqual([["released to anybody"], false]);
    await end("b:1");
    expect([item().checkpoint, tally.handled]).toEqual([placeOf("a:1"), 1]);
  });

  test("calls onShutdownRequested when no handler is at work any more", async () => {
    const asked: string[] = [];
    const hooks = { onShutdownRequested: () => void asked.push("asked") };
    const { end, runner } = await startLanes(["a:1", "b:1"], {}, { hooks });
    runner.drain();
    await end("a:1");
    expect(asked).toEqual([]);
    await end("b:1");
    expect(asked).toEqual(["asked"]);
  });
});

describe("a lost lease", () => {
  test("78 abort-on-loss: aborts the signals of all handlers, and what they did does not count", async () => {
    const signals: AbortSignal[] = [];
    const gate = newGate();
    const running = await newRunner({
      lanes: {
        ordering: "partition-key",
        concurrency: 2,
        window: { maxRecords: 9, maxBytes: 1e6, maxSpanRecords: 9 },
        limits: { maxRecords: 1, maxBytes: 1e6 },
      },
      handle: (_, { signal }) => {
        signals.push(signal);
        return gate.opened;
      },
    });
    await running.putKeyed("a:1", "b:1", "c:1");
    const run = running.start();
    await running.clock.advance(0);
    await running.write({ owner: "you", nativeOwner: "you", counter: 9 });
    await running.held.renew();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(run.state()).toBe("pending");
    gate.open();
    await running.clock.advance(0);
    expect([run.state(), running.texts, running.tally.handled]).toEqual([
      "resolved",
      ["a:1", "b:1"],
      0,
    ]);
  });
});

describe("a pause", () => {
  test("finishes what is in hand, and begins nothing until it is over", async () => {
    const { begun, clock, end, pauses } = await startLanes(["a:1", "b:1", "c:1", "a:2"]);
    pauses.pause(undefined);
    await end("a:1");
    await end("b:1");
    await clock.advance(5000);
    expect(begun).toEqual(["a:1", "b:1"]);
    pauses.resume(undefined);
    await clock.advance(0);
    expect(begun).toEqual(["a:1", "b:1", "c:1", "a:2"]);
  });

  test("and drained while it lasts, the shard is given up", async () => {
    const { begun, clock, end, pauses, runner, told } = await startLanes(["a:1", "b:1", "c:1"]);
    pauses.pause(undefined);
    await end("a:1");
    runner.drain();
    await end("b:1");
    await clock.advance(0);
    expect([begun, told]).toEqual([["a:1", "b:1"], ["released to anybody"]]);
  });
});

describe("checkpoints that are asked for", () => {
  test("reach no further than everything is done, in the middle of handlers as well", async () => {
    const contexts: ShardContext[] = [];
    const { end, item, placeOf } = await startLanes(
      ["a:1", "b:1", "c:1"],
      { concurrency: 3 },
      { checkpoint: "manual", handle: (_, shard) => void contexts.push(shard) },
    );
    await end("a:1");
    await end("c:1");
    const [shard] = contexts;
    if (shard === undefined) throw new Error("a handler has returned");
    await shard.checkpoint();
    expect(item().checkpoint).toEqual(placeOf("a:1"));
    for (const text of ["b:1", "c:1"]) {
      const refusal = await shard.checkpoint(placeOf(text)).catch((error: unknown) => error);
      expect(KinesisError.is(refusal, "INVALID_CHECKPOINT")).toBe(true);
    }
    await end("b:1");
    await shard.checkpoint(placeOf("b:1"));
    expect(item().checkpoint).toEqual(placeOf("b:1"));
    const prepared = await shard.prepareCheckpoint();
    expect(prepared.position).toEqual(placeOf("c:1"));
  });

  test("with manual ones nothing else is written", async () => {
    const { checkpointed, end } = await startLanes(["a:1", "b:1"], {}, { checkpoint: "manual" });
    await end("b:1");
    await end("a:1");
    expect(await checkpointed()).toBeUndefined();
  });

  test("with manual ones, what was given up is passed only when all that was handled is checkpointed", async () => {
    const contexts: ShardContext[] = [];
    const { clock, end, fail, item, placeOf } = await startLanes(
      ["a:1", "b:1", "c:1"],
      { concurrency: 3 },
      {
        checkpoint: "manual",
        handle: (_, shard) => void contexts.push(shard),
        onFailure: { maxAttempts: 1, then: "skip" },
      },
    );
    await end("a:1");
    await fail("b:1");
    const [shard] = contexts;
    await shard?.checkpoint(placeOf("a:1"));
    await end("c:1");
    await clock.advance(0);
    expect(item().checkpoint).toEqual(placeOf("a:1"));
    await shard?.checkpoint();
    expect(item().checkpoint).toEqual(placeOf("c:1"));
  });
});

test("records that a filter leaves out count as done, between others and behind them", async () => {
  // Of shard 0 of two: keys "0" belong, keys of the upper half do not.
  const upper = 2n ** 127n + 5n;
  const lease = { hashKeyRange: { start: 0n, end: 2n ** 127n - 1n } };
  const running = await startLanes([], {}, { lease });
  await running.putData(
    aggregateOf([
      { key: "a", hashKey: 0n, text: "a:1" },
      { key: "x", hashKey: upper, text: "x:1" },
      { key: "b", hashKey: 0n, text: "b:1" },
      { key: "x", hashKey: upper, text: "x:2" },
    ]),
  );
  await running.clock.advance(5000);
  expect(running.begun).toEqual(["a:1", "b:1"]);
  await running.end("b:1");
  await running.end("a:1");
  await running.held.renew();
  expect(running.item().checkpoint.subSequenceNumber).toBe(3);
});
