import { SHARD_END } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { holdOne, MINE, FAILOVER_MS } from "../support/held.ts";
import { positionOf } from "../support/leases.ts";
import { track } from "../support/promises.ts";

describe("a write without an answer", () => {
  test("18 ambiguous-renew: that took effect keeps the lease, and the next renewal goes on from there", async () => {
    const { fates, held, item, told } = await holdOne();
    fates.push("lost answer");
    await expect(held.renew()).rejects.toThrow("the test says transient");
    expect(item().counter).toBe(8);
    await held.renew();
    expect(told).toEqual([]);
    expect(held.isValid()).toBe(true);
    expect(held.lease).toEqual(item());
    await held.renew();
    expect(held.lease).toEqual(item());
  });

  test("counts from when it was sent: the lease does not live longer because we learned of it later", async () => {
    const { clock, fates, held } = await holdOne();
    await clock.advance(1000);
    fates.push("lost answer", "answered", "lost request");
    await expect(held.renew()).rejects.toThrow();
    await clock.advance(2000);
    // Finds the first in the table, and goes on from there, which fails.
    await expect(held.renew()).rejects.toThrow();
    expect(held.expiresAtMs).toBe(1000 + FAILOVER_MS);
  });

  test("19 ambiguous-checkpoint: that took effect is known as written, and a later one is written too", async () => {
    const { fates, held, item } = await holdOne();
    held.reach(positionOf(6));
    fates.push("lost answer");
    await expect(held.renew()).rejects.toThrow();
    held.reach(positionOf(8));
    await held.renew();
    expect(item()).toMatchObject({ counter: 9, checkpoint: positionOf(8) });
    expect(held.isValid()).toBe(true);
  });

  test("77 failed-checkpoint-not-persisted: that had no effect leaves the table as it was", async () => {
    const { fates, held, item } = await holdOne();
    held.reach(positionOf(6));
    fates.push("lost request");
    await expect(held.renew()).rejects.toThrow();
    expect(item()).toEqual(MINE);
    await held.renew();
    expect(item()).toMatchObject({ counter: 8, checkpoint: positionOf(6) });
  });

  test("and another one: either may have taken effect, and both are recognised", async () => {
    for (const [first, second] of [
      ["lost answer", "lost request"],
      ["lost request", "lost answer"],
    ] as const) {
      const { fates, held, item, told } = await holdOne();
      fates.push(first, second);
      await expect(held.renew()).rejects.toThrow();
      held.reach(positionOf(6));
      await expect(held.renew()).rejects.toThrow();
      expect(item().counter).toBe(8);
      held.reach(positionOf(7));
      await held.renew();
      expect(told).toEqual([]);
      expect(item()).toMatchObject({ counter: 9, checkpoint: positionOf(7) });
    }
  });

  test("of a release that took effect is found when it is repeated", async () => {
    const { fates, held, item, told } = await holdOne();
    held.reach(positionOf(6));
    fates.push("lost answer");
    await expect(held.release()).rejects.toThrow();
    expect(told).toEqual([]);
    await held.release();
    expect(told).toEqual(["released to anybody"]);
    expect(item()).toMatchObject({ counter: 8, checkpoint: positionOf(6) });
    expect(held.isValid()).toBe(false);
  });

  test("of a handover that took effect is found when it is repeated", async () => {
    const { fates, held, item, told } = await holdOne({ ...MINE, wantedBy: "you" });
    fates.push("lost answer");
    await expect(held.release()).rejects.toThrow();
    await held.release();
    expect(told).toEqual(["released to you"]);
    expect(item()).toMatchObject({ owner: "you", counter: 8, epoch: 2 });
  });

  test("of the end of a shard that took effect is found when it is repeated", async () => {
    const { fates, held, item, told } = await holdOne();
    fates.push("lost answer");
    await expect(held.end(["child"])).rejects.toThrow();
    await held.end(["child"]);
    expect(told).toEqual(["released to anybody"]);
    expect(item()).toMatchObject({ counter: 8, checkpoint: SHARD_END, childShardIds: ["child"] });
  });

  test("of a renewal that took effect is settled before the release that follows it", async () => {
    const { fates, held, item, told } = await holdOne();
    held.reach(positionOf(6));
    fates.push("lost answer");
    await expect(held.renew()).rejects.toThrow();
    held.reach(positionOf(7));
    await held.release();
    expect(told).toEqual(["released to anybody"]);
    expect(item()).toMatchObject({ counter: 9, checkpoint: positionOf(7) });
  });

  test("of a release that took effect, found by a renewal, is a release", async () => {
    const { fates, held, item, told } = await holdOne();
    fates.push("lost answer");
    await expect(held.release()).rejects.toThrow();
    await held.renew();
    expect(told).toEqual(["released to anybody"]);
    expect(item().counter).toBe(8);
  });

  test("does not hide that somebody else has taken the lease after it", async () => {
    const { fates, held, told, write } = await holdOne();
    fates.push("lost answer");
    await expect(held.renew()).rejects.toThrow();
    await write({ owner: "you", nativeOwner: "you", counter: 9 });
    await held.renew();
    expect(told).toEqual(["lost: taken, you has it"]);
  });

  test("is forgotten once a later one is answered", async () => {
    const { fates, held, told, write } = await holdOne();
    fates.push("lost request");
    await expect(held.renew()).rejects.toThrow();
    await held.renew();
    await held.renew();
    // Somebody sets the item back to what the lost write would have made of it.
    await write({ counter: 8 });
    await held.renew();
    expect(told).toEqual(["lost: taken, me has it"]);
  });
});

test("a write that the client itself repeated is found in the table, and not made once more", async () => {
  const { held, item, told } = await holdOne(MINE, {
    update: async (next, ...args) => {
      await next(...args);
      return next(...args);
    },
  });
  await held.renew();
  expect(item().counter).toBe(8);
  expect([held.lease, told]).toEqual([item(), []]);
});

test("a renewal that an older one overtakes at the table loses nothing", async () => {
  // The first write arrives after the second: its condition fails there, and nobody hears of it.
  const { fates, held, item, table, told } = await holdOne();
  fates.push("lost request");
  await expect(held.renew()).rejects.toThrow();
  await held.renew();
  const late = {
    expect: { counter: 7, owner: "me", checkpointOwner: null },
    patch: { counter: 8 },
  };
  const update = track(table.update(MINE.key, late, new AbortController().signal));
  await held.renew();
  expect(update.value().kind).toBe("conflict");
  expect(item().counter).toBe(9);
  expect(told).toEqual([]);
});
