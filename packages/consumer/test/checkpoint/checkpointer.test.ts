import { SHARD_END } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { Checkpointer } from "../../src/checkpoint/checkpointer.ts";
import { FAILOVER_MS, holdOne, MINE } from "../support/held.ts";
import { positionOf } from "../support/leases.ts";
import { track } from "../support/promises.ts";

async function checkpointOne() {
  const one = await holdOne();
  const ending = new AbortController();
  const { clock, held } = one;
  const random = new SeededRandom(1);
  const options = { clock, held, random, mode: "auto" as const, signal: ending.signal };
  return { ...one, checkpointer: new Checkpointer(options), ending };
}

test("what is done travels with the next renewal, up to the first gap", async () => {
  const { checkpointer, held, item } = await checkpointOne();
  const [first, second, third] = [6, 7, 8].map((n) => checkpointer.handOut(positionOf(n)));
  if (!first || !second || !third) throw new Error("three deliveries");
  checkpointer.complete(first);
  checkpointer.complete(third);
  expect(item().checkpoint).toEqual(MINE.checkpoint);
  await held.renew();
  expect(item().checkpoint).toEqual(positionOf(6));
});

test("giving up writes it at once", async () => {
  const { checkpointer, item, told } = await checkpointOne();
  checkpointer.complete(checkpointer.handOut(positionOf(6, 4)));
  await checkpointer.release();
  expect(item()).toMatchObject({ checkpoint: positionOf(6, 4) });
  expect(told).toEqual(["released to anybody"]);
});

test("74 shard-end-after-same-checkpoint: the end is written although the last record was checkpointed already", async () => {
  const { checkpointer, held, item } = await checkpointOne();
  checkpointer.complete(checkpointer.handOut(positionOf(6)));
  await held.renew();
  await checkpointer.end(["child"]);
  expect(item()).toMatchObject({ checkpoint: SHARD_END, childShardIds: ["child"] });
});

test("a write that fails is repeated until it succeeds", async () => {
  const { checkpointer, clock, fates, item, told } = await checkpointOne();
  fates.push("lost request", "lost answer", "lost request");
  const release = track(checkpointer.release());
  await clock.advance(FAILOVER_MS - 1);
  expect(release.state()).toBe("resolved");
  expect(item()).toMatchObject({ counter: 8 });
  expect(told).toEqual(["released to anybody"]);
});

test("76 checkpoint-after-lost: once the lease is lost nothing more is written, and that is no error", async () => {
  const { checkpointer, item, told, write } = await checkpointOne();
  await write({ owner: "you", counter: 8 });
  checkpointer.complete(checkpointer.handOut(positionOf(6)));
  await checkpointer.end([]);
  expect(told).toEqual(["lost: taken, you has it"]);
  expect(item()).toMatchObject({ owner: "you", checkpoint: MINE.checkpoint });
});

test("a table that stays away is tried until the lease has expired", async () => {
  const { checkpointer, clock, fates, told } = await checkpointOne();
  fates.push(...Array.from({ length: 1000 }, () => "lost request" as const));
  const release = track(checkpointer.release());
  await clock.advance(FAILOVER_MS - 1);
  expect(release.state()).toBe("pending");
  await clock.advance(2001);
  expect(release.state()).toBe("resolved");
  expect(told).toEqual(["lost: expired, nobody has it"]);
  // Backed off: a second or two apart in the end.
  expect(1000 - fates.length).toBeLessThan(20);
});

test("nobody waits for it any more: the write is not tried again", async () => {
  const { checkpointer, clock, ending, fates, held } = await checkpointOne();
  fates.push("lost request");
  const release = track(checkpointer.release());
  await clock.advance(0);
  expect(release.state()).toBe("pending");
  ending.abort(new Error("over"));
  await clock.advance(0);
  expect(release.state()).toBe("resolved");
  expect(held.isValid()).toBe(true);
});
