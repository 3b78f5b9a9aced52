import { KinesisError, SHARD_END } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { askOne } from "../support/asking.ts";
import { failed } from "../support/failures.ts";
import { FAILOVER_MS, MINE } from "../support/held.ts";
import { positionOf } from "../support/leases.ts";
import { newGate, track } from "../support/promises.ts";

const isCode = (code: "LEASE_LOST" | "INVALID_CHECKPOINT") => (error: unknown) =>
  KinesisError.is(error, code);

describe("a checkpoint", () => {
  test("is written at once, and renews the lease", async () => {
    const { asked, clock, handle, held, item } = await askOne();
    handle(positionOf(9, 3));
    await clock.advance(5000);
    await asked.checkpoint(positionOf(8, 1));
    expect(item()).toMatchObject({ checkpoint: positionOf(8, 1), counter: 8 });
    expect(held.expiresAtMs).toBe(5000 + FAILOVER_MS);
    await asked.checkpoint();
    expect(item()).toMatchObject({ checkpoint: positionOf(9, 3), counter: 9 });
  });

  test("may be had of a batch in hand, and not of one that was taken back", async () => {
    const { asked, clock, item } = await askOne();
    asked.takeInHand(positionOf(9));
    await asked.checkpoint(positionOf(7));
    asked.takeInHand(undefined);
    const late = track(asked.checkpoint(positionOf(8)));
    await clock.advance(0);
    expect(late.reason()).toSatisfy(isCode("INVALID_CHECKPOINT"));
    // A smaller part is tried next: what was handed out is what is in hand, and not what failed.
    asked.takeInHand(positionOf(7, 4));
    await asked.checkpoint();
    expect(item().checkpoint).toEqual(positionOf(7, 4));
  });

  test("73 checkpoint-range: below the last or above what was handed out rejects, and writes nothing", async () => {
    const { asked, handle, item } = await askOne();
    handle(positionOf(9));
    await asked.checkpoint(positionOf(8));
    for (const at of [positionOf(7, 9), positionOf(9, 1), positionOf("LATEST"), SHARD_END]) {
      await expect(asked.checkpoint(at)).rejects.toMatchObject({
        code: "INVALID_CHECKPOINT",
        isRetryable: false,
        details: at,
      });
      await expect(asked.prepareCheckpoint(at)).rejects.toMatchObject({
        code: "INVALID_CHECKPOINT",
      });
    }
    expect(item()).toMatchObject({ checkpoint: positionOf(8), counter: 8 });
  });

  test("73 checkpoint-range: equal to the last resolves without a write", async () => {
    const { asked, handle, item } = await askOne();
    await asked.checkpoint();
    await asked.checkpoint(MINE.checkpoint);
    handle(positionOf(9));
    await asked.checkpoint(positionOf(9));
    await asked.checkpoint(positionOf(9));
    await asked.checkpoint();
    expect(item().counter).toBe(8);
  });

  test("of which several wait is written once, for the newest, and all of them know when", async () => {
    const gates = [newGate(), newGate()];
    let writes = 0;
    const { asked, clock, handle, item } = await askOne("manual", {
      update: async (next, ...args) => {
        writes += 1;
        await gates[writes - 1]?.opened;
        return next(...args);
      },
    });
    handle(positionOf(20));
    const all = [10, 11, 12, 13].map((n) => track(asked.checkpoint(positionOf(n))));
    await clock.advance(0);
    gates[0]?.open();
    await clock.advance(0);
    // The first write was made when all had been asked for.
    expect(all.map((one) => one.state())).toEqual(all.map(() => "resolved"));
    expect([writes, item().checkpoint]).toEqual([1, positionOf(13)]);
    const later = [14, 15].map((n) => track(asked.checkpoint(positionOf(n))));
    await clock.advance(0);
    const last = track(asked.checkpoint(positionOf(16)));
    await clock.advance(0);
    expect(later.map((one) => one.state())).toEqual(["pending", "pending"]);
    gates[1]?.open();
    await clock.advance(0);
    expect([...later, last].map((one) => one.state())).toEqual([
      "resolved",
      "resolved",
      "resolved",
    ]);
    expect([writes, item().checkpoint]).toEqual([3, positionOf(16)]);
  });

  test("is repeated while the table fails", async () => {
    const { asked, clock, fates, handle, item } = await askOne();
    fates.push("lost request", "lost answer", "lost request");
    handle(positionOf(9));
    const written = track(asked.checkpoint());
    await clock.advance(FAILOVER_MS - 1);
    expect(written.state()).toBe("resolved");
    expect(item().checkpoint).toEqual(positionOf(9));
  });

  test("19 ambiguous-checkpoint: whose answer was lost is found written, and the counter goes on", async () => {
    const { asked, clock, fates, handle, held, item } = await askOne();
    fates.push("lost answer");
    handle(positionOf(9));
    const written = track(asked.checkpoint());
    await clock.advance(1000);
    expect(written.state()).toBe("resolved");
    await held.renew();
    expect(item()).toMatchObject({ checkpoint: positionOf(9), owner: "me" });
    expect(held.isValid()).toBe(true);
  });

  test("76 checkpoint-after-lost: rejects with LEASE_LOST, though nobody looks at the promise", async () => {
    const { asked, clock, handle, held, item, write } = await askOne();
    handle(positionOf(9));
    await write({ owner: "you", counter: 8 });
    const unwatched = asked.checkpoint();
    await clock.advance(0);
    await expect(unwatched).rejects.toBe(held.signal.reason);
    await expect(asked.checkpoint()).rejects.toSatisfy(isCode("LEASE_LOST"));
    await expect(asked.prepareCheckpoint()).rejects.toSatisfy(isCode("LEASE_LOST"));
    void asked.checkpoint();
    void asked.prepareCheckpoint();
    await new Promise((resolve) => setImmediate(resolve));
    expect(item()).toMatchObject({ owner: "you", checkpoint: MINE.checkpoint });
  });

  test("after the lease was given up rejects with LEASE_LOST", async () => {
    const { asked, handle, held } = await askOne();
    handle(positionOf(9));
    await held.release();
    await expect(asked.checkpoint()).rejects.toMatchObject({
      code: "LEASE_LOST",
      details: { shardId: MINE.shardId },
    });
  });

  test("77 failed-checkpoint-not-persisted: throttled to the end rejects, and no later renewal writes it", async () => {
    let isThrottled = true;
    const { asked, clock, handle, held, item } = await askOne("manual", {
      update: (next, ...args) =>
        isThrottled ? Promise.reject(failed("throttled")) : next(...args),
    });
    handle(positionOf(9));
    const work = track(asked.checkpoint());
    await clock.advance(FAILOVER_MS - 1);
    expect(work.state()).toBe("pending");
    await clock.advance(3000);
    expect(work.reason()).toSatisfy(isCode("LEASE_LOST"));
    isThrottled = false;
    await held.renew();
    await held.release();
    expect(item()).toEqual(MINE);
  });

  test("77 failed-checkpoint-not-persisted: refused for what it is rejects, and no later renewal writes it", async () => {
    let isRefused = true;
    const { asked, clock, handle, held, item } = await askOne("manual", {
      update: (next, ...args) => (isRefused ? Promise.reject(failed("rejected")) : next(...args)),
    });
    asked.takeInHand(positionOf(9));
    const work = track(asked.checkpoint(positionOf(9)));
    await clock.advance(0);
    expect(work.state()).toBe("rejected");
    isRefused = false;
    handle(positionOf(9));
    await held.renew();
    expect(item().checkpoint).toEqual(MINE.checkpoint);
    await asked.checkpoint();
    expect(item().checkpoint).toEqual(positionOf(9));
  });

  test("that nobody waits for any more rejects", async () => {
    const { asked, clock, ending, fates, handle } = await askOne();
    fates.push("lost request");
    handle(positionOf(9));
    const work = track(asked.checkpoint());
    await clock.advance(0);
    ending.abort(new Error("over"));
    await clock.advance(0);
    expect(work.reason()).toSatisfy(isCode("LEASE_LOST"));
  });

  test("goes past what was filtered out or given up behind it, and not past what is owed", async () => {
    const { asked, handle, held, item } = await askOne();
    handle(positionOf(9));
    await asked.checkpoint(positionOf(9));
    asked.pass(positionOf(12));
    await held.renew();
    expect(item().checkpoint).toEqual(positionOf(12));
    handle(positionOf(13));
    asked.pass(positionOf(15));
    await held.renew();
    expect(item().checkpoint).toEqual(positionOf(12));
    await asked.checkpoint();
    expect(item().checkpoint).toEqual(positionOf(15));
  });

  test("in automatic mode may be ahead of what is done by itself, or behind it", async () => {
    const { asked, held, item } = await askOne("auto");
    asked.takeInHand(positionOf(9));
    await asked.checkpoint(positionOf(7));
    expect(item().checkpoint).toEqual(positionOf(7));
    asked.takeInHand(undefined);
    asked.handled(positionOf(9));
    asked.pass(positionOf(9));
    held.reach(positionOf(9));
    await held.renew();
    await asked.checkpoint(positionOf(8));
    expect(item()).toMatchObject({ checkpoint: positionOf(9), counter: 9 });
  });
});

describe("a prepared checkpoint", () => {
  const STATE = new Uint8Array([1, 2, 3]);

  test("75 prepare-sub: keeps the index inside an aggregate, and its state, beside the one that stands", async () => {
    const { asked, handle, item } = await askOne();
    handle(positionOf(9, 3));
    const state = STATE.slice();
    const work = asked.prepareCheckpoint(undefined, state);
    state.fill(0);
    const prepared = await work;
    expect(prepared.position).toEqual(positionOf(9, 3));
    expect(item()).toMatchObject({
      checkpoint: MINE.checkpoint,
      pendingCheckpoint: { position: positionOf(9, 3), state: STATE },
    });
  });

  test("is made by its own method, which takes the announcement away", async () => {
    const { asked, handle, item } = await askOne();
    handle(positionOf(9, 3));
    const { checkpoint } = await asked.prepareCheckpoint(positionOf(8, 2));
    await checkpoint();
    expect(item().checkpoint).toEqual(positionOf(8, 2));
    expect(item()).not.toHaveProperty("pendingCheckpoint");
  });

  test("stays when a checkpoint before it is made, by the application or by itself", async () => {
    const { asked, handle, held, item } = await askOne("auto");
    handle(positionOf(9));
    await asked.prepareCheckpoint(positionOf(8), STATE);
    held.reach(positionOf(6));
    await held.renew();
    await asked.checkpoint(positionOf(7));
    expect(item()).toMatchObject({
      checkpoint: positionOf(7),
      pendingCheckpoint: { position: positionOf(8), state: STATE },
    });
    held.reach(positionOf(8));
    await held.renew();
    expect(item()).not.toHaveProperty("pendingCheckpoint");
  });

  test("at the last checkpoint is inert", async () => {
    const { asked, item } = await askOne();
    const { checkpoint, position } = await asked.prepareCheckpoint(undefined, STATE);
    await checkpoint();
    expect([position, item()]).toEqual([MINE.checkpoint, MINE]);
  });

  test("that a later checkpoint has gone past is made already", async () => {
    const { asked, handle, item } = await askOne();
    handle(positionOf(9));
    const { checkpoint } = await asked.prepareCheckpoint(positionOf(7));
    await asked.checkpoint();
    const { counter } = item();
    await checkpoint();
    expect(item()).toMatchObject({ checkpoint: positionOf(9), counter });
  });

  test("replaces the one before it, with its state", async () => {
    const { asked, handle, item } = await askOne();
    handle(positionOf(9));
    await asked.prepareCheckpoint(positionOf(8), STATE);
    await asked.prepareCheckpoint(positionOf(8));
    expect(item().pendingCheckpoint).toEqual({ position: positionOf(8) });
    const { counter } = item();
    await asked.prepareCheckpoint(positionOf(8));
    expect(item().counter).toBe(counter);
  });

  test("whose state is more than an item may hold rejects with what the table says", async () => {
    let isTooLarge = true;
    const { asked, handle, item } = await askOne("manual", {
      update: (next, ...args) =>
        isTooLarge ? Promise.reject(failed("rejected", "ValidationException")) : next(...args),
    });
    handle(positionOf(9));
    await expect(asked.prepareCheckpoint(undefined, STATE)).rejects.toMatchObject({
      code: "API_CALL_FAILED",
    });
    isTooLarge = false;
    await asked.checkpoint();
    expect(item().checkpoint).toEqual(positionOf(9));
  });
});
