import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { Incidents, mergeTwo, openShards, splitOne } from "../../src/demo/incidents.ts";

/** By then a stream is active again. */
const UPDATING_MS = 1000;

test("incidents run once, in their order, one after the other", async () => {
  const story: string[] = [];
  const incident = (atShare: number, name: string) => ({
    atShare,
    run: async () => {
      story.push(`${name} begins`);
      await Promise.resolve();
      story.push(`${name} ends`);
    },
  });
  const incidents = new Incidents([incident(0.5, "second"), incident(0.2, "first")]);
  incidents.reach(0.1);
  await incidents.done();
  expect(story).toEqual([]);
  incidents.reach(0.6);
  incidents.reach(1);
  await incidents.done();
  expect(story).toEqual(["first begins", "first ends", "second begins", "second ends"]);
});

test("an incident that fails is heard of by whoever waits, and keeps the next from running", async () => {
  const story: string[] = [];
  const incidents = new Incidents([
    { atShare: 0, run: () => Promise.reject(new Error("no shard")) },
    { atShare: 0, run: async () => void story.push("ran") },
  ]);
  incidents.reach(1);
  await expect(incidents.done()).rejects.toThrow("no shard");
  expect(story).toEqual([]);
});

test("a split and a merge leave the whole hash space covered", async () => {
  const clock = new VirtualClock();
  using emulator = new Emulator({
    clock,
    random: new SeededRandom(1),
    streams: { demo: 3 },
  });
  const kinesis = emulator.kinesis();
  const stream = { name: "demo" };
  const { signal } = new AbortController();
  expect(await splitOne(kinesis, stream, signal)).toBe("shardId-000000000002");
  await clock.advance(UPDATING_MS);
  expect(await mergeTwo(kinesis, stream, signal)).toEqual([
    "shardId-000000000000",
    "shardId-000000000001",
  ]);
  await clock.advance(UPDATING_MS);
  const open = await openShards(kinesis, stream, signal);
  expect(open.map(({ shardId }) => Number(shardId.slice(-2)))).toEqual([5, 3, 4]);
});
