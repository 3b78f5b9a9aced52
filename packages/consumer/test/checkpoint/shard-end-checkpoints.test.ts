import { type Position, SHARD_END } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { describe, expect, test } from "vitest";
import { ApplicationCheckpoints } from "../../src/checkpoint/application-checkpoints.ts";
import { askOne } from "../support/asking.ts";
import { failed } from "../support/failures.ts";
import { holdOne } from "../support/held.ts";
import { nativeLease, positionOf } from "../support/leases.ts";
import { newGate } from "../support/promises.ts";

describe("74 shard-end-after-same-checkpoint: the end is agreed to", () => {
  test("in automatic mode by itself", async () => {
    const { asked } = await askOne("auto");
    expect(asked.endConfirmed.aborted).toBe(false);
    asked.reachEnd();
    expect(asked.endConfirmed.aborted).toBe(true);
  });

  test("by itself when the last record is checkpointed already, or there was none", async () => {
    const { asked, handle } = await askOne();
    handle(positionOf(9));
    await asked.checkpoint(positionOf(9));
    asked.reachEnd();
    expect(asked.endConfirmed.aborted).toBe(true);
    const { asked: empty } = await askOne();
    empty.reachEnd();
    expect(empty.endConfirmed.aborted).toBe(true);
  });

  test.each<[string, Position | undefined]>([
    ["no place", undefined],
    ["the last record", positionOf(9)],
    ["what follows it and was filtered out", positionOf(11)],
    ["SHARD_END", SHARD_END],
  ])("by a checkpoint at %s", async (_, at) => {
    const { asked, handle, item } = await askOne();
    handle(positionOf(9));
    asked.pass(positionOf(11));
    asked.reachEnd();
    expect(asked.endConfirmed.aborted).toBe(false);
    await asked.checkpoint(at);
    expect(asked.endConfirmed.aborted).toBe(true);
    expect(item().checkpoint).toEqual(
      positionOf(at === undefined || at === SHARD_END ? 11 : at.sequenceNumber),
    );
  });

  test("not by one before the last record", async () => {
    const { asked, handle } = await askOne();
    handle(positionOf(9));
    asked.reachEnd();
    await asked.checkpoint(positionOf(8));
    expect(asked.endConfirmed.aborted).toBe(false);
  });

  test("not by one that is refused, but by the next", async () => {
    let isRefused = true;
    const { asked, handle } = await askOne("manual", {
      update: (next, ...args) => (isRefused ? Promise.reject(failed("rejected")) : next(...args)),
    });
    handle(positionOf(9));
    asked.reachEnd();
    await expect(asked.checkpoint()).rejects.toThrow();
    expect(asked.endConfirmed.aborted).toBe(false);
    isRefused = false;
    await asked.checkpoint();
    expect(asked.endConfirmed.aborted).toBe(true);
  });

  test("by one that is under way when it is reached, once that is written", async () => {
    const gate = newGate();
    const { asked, handle } = await askOne("manual", {
      update: async (next, ...args) => {
        await gate.opened;
        return next(...args);
      },
    });
    handle(positionOf(9));
    const work = asked.checkpoint();
    asked.reachEnd();
    expect(asked.endConfirmed.aborted).toBe(false);
    gate.open();
    await work;
    expect(asked.endConfirmed.aborted).toBe(true);
  });

  test("by a prepared one, which is announced as SHARD_END", async () => {
    const { asked, handle, item } = await askOne();
    handle(positionOf(9));
    asked.reachEnd();
    const { checkpoint, position } = await asked.prepareCheckpoint();
    expect([position, item().pendingCheckpoint]).toEqual([SHARD_END, { position: SHARD_END }]);
    expect(asked.endConfirmed.aborted).toBe(false);
    await checkpoint();
    expect(asked.endConfirmed.aborted).toBe(true);
    expect(item().checkpoint).toEqual(positionOf(9));
  });

  test("a shard that was never checkpointed and had no record has nothing to write", async () => {
    const lease = nativeLease(0, "me");
    const one = await holdOne(lease);
    const { clock, held } = one;
    const signal = new AbortController().signal;
    const random = new SeededRandom(1);
    const asked = new ApplicationCheckpoints("manual", { clock, held, random, signal });
    asked.reachEnd();
    await asked.checkpoint();
    expect(one.item()).toEqual(lease);
  });
});
