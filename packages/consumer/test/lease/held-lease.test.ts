import { KinesisError, SHARD_END } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { ANY_SIGNAL, FAILOVER_MS, holdOne, MINE } from "../support/held.ts";
import { positionOf } from "../support/leases.ts";
import { newGate, track } from "../support/promises.ts";

const TAKEN = { owner: "you", nativeOwner: "you", counter: 8 };

describe("a renewal", () => {
  test("moves the counter and the time at which the lease expires", async () => {
    const { clock, held, item } = await holdOne();
    expect(held.expiresAtMs).toBe(FAILOVER_MS);
    await clock.advance(4000);
    await held.renew();
    expect(item().counter).toBe(8);
    expect(held.lease).toEqual(item());
    expect(held.expiresAtMs).toBe(4000 + FAILOVER_MS);
  });

  test("takes the checkpoint along, and only forwards", async () => {
    const { held, item } = await holdOne();
    held.reach(positionOf(6, 2));
    held.reach(positionOf(6, 1));
    await held.renew();
    expect(item()).toMatchObject({ checkpoint: positionOf(6, 2), ownerSwitches: 0 });
  });

  test("tells where the shard is halted, once, and that it is not any more", async () => {
    const { held, item } = await holdOne();
    held.halt(positionOf(6, 2));
    await held.renew();
    expect(item()).toMatchObject({ haltedAt: positionOf(6, 2), checkpoint: positionOf(5) });
    await held.renew();
    expect(item().haltedAt).toEqual(positionOf(6, 2));
    held.halt(undefined);
    await held.renew();
    expect(item()).not.toHaveProperty("haltedAt");
  });

  test("takes away what the owner before told, because this one is not halted", async () => {
    const { held, item } = await holdOne({ ...MINE, haltedAt: positionOf(6) });
    await held.renew();
    expect(item()).not.toHaveProperty("haltedAt");
  });

  test("75 prepare-sub: under way goes past what is announced meanwhile, and that is not left behind it", async () => {
    const gate = newGate();
    const { held, item } = await holdOne(MINE, {
      update: async (next, ...args) => {
        await gate.opened;
        return next(...args);
      },
    });
    held.reach(positionOf(9));
    const writes = [held.renew(), held.prepare({ position: positionOf(8) })];
    gate.open();
    await Promise.all(writes);
    expect(item()).toMatchObject({ checkpoint: positionOf(9), counter: 9 });
    expect(item()).not.toHaveProperty("pendingCheckpoint");
  });

  test("counts from before the write was sent, not from its answer", async () => {
    const gate = newGate();
    const { clock, held } = await holdOne(MINE, {
      update: async (next, ...args) => {
        await gate.opened;
        return next(...args);
      },
    });
    await clock.advance(1000);
    const renewal = held.renew();
    await clock.advance(3000);
    gate.open();
    await renewal;
    expect(held.expiresAtMs).toBe(1000 + FAILOVER_MS);
  });

  test("waits for the write before it, and starts from what that left", async () => {
    const { held, item } = await holdOne();
    await Promise.all([held.renew(), held.renew(), held.renew()]);
    expect(item().counter).toBe(10);
    expect(held.isValid()).toBe(true);
  });

  test("that failed does not keep the next one from being made", async () => {
    const { fates, held, item } = await holdOne();
    fates.push("lost request");
    const first = track(held.renew());
    await held.renew();
    expect(first.state()).toBe("rejected");
    expect(item().counter).toBe(8);
  });

  test("learns of a wish, of another worker only", async () => {
    const { held, write } = await holdOne();
    expect(held.wantedBy).toBeUndefined();
    await write({ wantedBy: "you" });
    await held.renew();
    expect(held.wantedBy).toBe("you");
    await write({ wantedBy: "me" });
    await held.renew();
    expect(held.wantedBy).toBeUndefined();
  });
});

describe("a lease is lost", () => {
  test("17 lost-cas: when another worker took it, and its signal aborts at once", async () => {
    const { held, told, write } = await holdOne();
    await write(TAKEN);
    await held.renew();
    expect(told).toEqual(["lost: taken, you has it"]);
    expect(held.isValid()).toBe(false);
    expect(held.signal.aborted).toBe(true);
    expect(KinesisError.is(held.signal.reason, "LEASE_LOST")).toBe(true);
    expect(held.signal.reason).toMatchObject({
      message:
        "lease of shardId-000000000000 lost: taken; you has it now; its records will be delivered elsewhere",
      details: { shardId: MINE.shardId },
      isRetryable: false,
    });
  });

  test("when its item is gone", async () => {
    const { held, table, told } = await holdOne();
    await table.delete(MINE.key, {}, ANY_SIGNAL);
    await held.renew();
    expect(told).toEqual(["lost: deleted, nobody has it"]);
  });

  test("when somebody took its owner away", async () => {
    const { held, told, write } = await holdOne();
    await write({ owner: null, counter: 8 });
    await held.renew();
    expect(told).toEqual(["lost: taken, nobody has it"]);
  });

  test("when its counter moved without us, even under our name", async () => {
    const { held, told, write } = await holdOne();
    await write({ counter: 9 });
    await held.renew();
    expect(told).toEqual(["lost: taken, me has it"]);
  });

  test("when a leader of KCL 3.x gives it to somebody else, although we are the one to checkpoint", async () => {
    const current = { ...MINE, owner: "java", checkpointOwner: "me" };
    const { held, told } = await holdOne(MINE, {
      update: async () => ({ kind: "conflict", current }),
    });
    await held.renew();
    expect(told).toEqual(["lost: taken, java has it"]);
  });

  test("16 locally-expired: exactly when it was not renewed for a failover time, and is not renewed then", async () => {
    const { clock, held, item, told } = await holdOne();
    await clock.advance(FAILOVER_MS - 1);
    expect(held.isValid()).toBe(true);
    await clock.advance(1);
    await held.renew();
    expect(told).toEqual(["lost: expired, nobody has it"]);
    expect(item().counter).toBe(7);
    expect(held.signal.reason).toMatchObject({
      message:
        "lease of shardId-000000000000 lost: expired; its records will be delivered elsewhere",
    });
  });

  test("once, however often it is asked for", async () => {
    const { clock, held, told } = await holdOne();
    await clock.advance(FAILOVER_MS);
    expect([held.isValid(), held.isValid()]).toEqual([false, false]);
    await held.release();
    await held.end([]);
    expect(told).toHaveLength(1);
  });

  test("while a renewal waits for its answer, and the answer does not bring it back", async () => {
    const gate = newGate();
    const { clock, held, told } = await holdOne(MINE, {
      update: async (next, ...args) => {
        const update = await next(...args);
        await gate.opened;
        return update;
      },
    });
    const renewal = held.renew();
    await clock.advance(FAILOVER_MS);
    expect(held.isValid()).toBe(false);
    gate.open();
    await renewal;
    expect(held.isValid()).toBe(false);
    expect(told).toEqual(["lost: expired, nobody has it"]);
  });
});

test("a release whose answer comes after the lease has expired is told as the loss that it was, once", async () => {
  const gate = newGate();
  const { clock, held, told } = await holdOne(MINE, {
    update: async (next, ...args) => {
      const update = await next(...args);
      await gate.opened;
      return update;
    },
  });
  const release = held.release();
  await clock.advance(FAILOVER_MS);
  expect(held.isValid()).toBe(false);
  gate.open();
  await release;
  expect(told).toEqual(["lost: expired, nobody has it"]);
});

describe("giving a lease up", () => {
  test("writes how far the shard was handled, and removes the owner", async () => {
    const { held, item, told } = await holdOne();
    held.reach(positionOf(9, 3));
    await held.release();
    expect(told).toEqual(["released to anybody"]);
    expect(item()).toMatchObject({ counter: 8, checkpoint: positionOf(9, 3), epoch: 1 });
    expect(item().owner).toBeUndefined();
    expect(held.isValid()).toBe(false);
    expect(held.signal.aborted).toBe(false);
  });

  test("hands it straight to the worker that asks for it", async () => {
    const { held, item, told, write } = await holdOne();
    await write({ wantedBy: "you" });
    await held.renew();
    await held.release();
    expect(told).toEqual(["released to you"]);
    expect(item()).toMatchObject({ owner: "you", nativeOwner: "you", epoch: 2, counter: 9 });
    expect(item().wantedBy).toBeUndefined();
  });

  test("frees it for anybody when the wish was taken back meanwhile", async () => {
    const { held, item, told, write } = await holdOne({ ...MINE, wantedBy: "you" });
    await write({ wantedBy: null });
    await held.release();
    expect(told).toEqual(["released to anybody"]);
    expect(item().owner).toBeUndefined();
  });

  test("hands it to whoever asked last", async () => {
    const { held, item, told, write } = await holdOne({ ...MINE, wantedBy: "you" });
    await write({ wantedBy: "she" });
    await held.release();
    expect(told).toEqual(["released to she"]);
    expect(item().owner).toBe("she");
  });

  test("does not hand it to a worker that asked for it and is ourselves", async () => {
    const { held, told } = await holdOne({ ...MINE, wantedBy: "me" });
    await held.release();
    expect(told).toEqual(["released to anybody"]);
  });

  test("at the end of a shard marks it with its children", async () => {
    const { held, item, told } = await holdOne();
    await held.end(["one", "two"]);
    expect(told).toEqual(["released to anybody"]);
    expect(item()).toMatchObject({ checkpoint: SHARD_END, childShardIds: ["one", "two"] });
    expect(item().owner).toBeUndefined();
  });

  test("is over when it is done: nothing is written after it", async () => {
    const { held, item } = await holdOne();
    await held.release();
    await Promise.all([held.renew(), held.release(), held.end(["child"])]);
    expect(item()).toMatchObject({ counter: 8, checkpoint: positionOf(5) });
  });

  test("of a lease that another worker has taken is a loss", async () => {
    const { held, item, told, write } = await holdOne();
    await write(TAKEN);
    held.reach(positionOf(9));
    await held.release();
    expect(told).toEqual(["lost: taken, you has it"]);
    expect(item()).toMatchObject({ owner: "you", checkpoint: positionOf(5) });
  });
});
