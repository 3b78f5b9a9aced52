// A lease table that refuses writes because there are too many of them.
import { expect, test } from "vitest";
import { SeededRandom } from "@shardline/core/testing";
import { Fleet, type TestWorker } from "../support/fleet.ts";
import { countsOf } from "../support/fleet-looks.ts";
import { range } from "../support/lease-views.ts";
import { limitWriteUnits } from "../support/write-units.ts";

test("ddb-throttle-5s: while every write is refused for five seconds, reading goes on and no lease is lost", async () => {
  const fleet = new Fleet(4);
  let perSecond = 1000;
  const units = limitWriteUnits(fleet.clock, () => perSecond);
  const worker = fleet.start("a", { tableFaults: units.faults });
  await fleet.clock.advance(20_000);
  expect(fleet.owners).toEqual(range(4).map(() => "a"));
  // At every phase of the renewals.
  for (const delayMs of range(10).map((i) => i * 400)) {
    await fleet.clock.advance(20_000 + delayMs);
    perSecond = 0;
    const handled = fleet.texts.length;
    await fleet.put([`after ${delayMs} ms`]);
    await fleet.clock.advance(5000);
    expect(fleet.texts.length).toBe(handled + 1);
    perSecond = 1000;
  }
  expect(units.counts.refused).toBeGreaterThan(40);
  expect(worker.told("leaseLost")).toEqual([]);
});

/** One record for each of so many keys, which lie in every shard. */
async function putEverywhere(fleet: Fleet): Promise<ReadonlySet<string>> {
  const keys = range(400).map((i) => `key-${i}`);
  for (const key of keys) await fleet.put([key], key);
  return new Set(keys);
}

test("a table that comes to take 5 writes a second, too few for every renewal in time, takes each lease's in turn", async () => {
  const shards = 30;
  const fleet = new Fleet(shards);
  let perSecond = 1000;
  const units = limitWriteUnits(fleet.clock, () => perSecond);
  const worker = fleet.start("a", { tableFaults: units.faults });
  await fleet.clock.advance(20_000);
  perSecond = 5;
  await fleet.clock.advance(120_000);
  const keys = await putEverywhere(fleet);
  await fleet.clock.advance(480_000);
  expect(new Set(fleet.texts)).toEqual(keys);
  expect(new Set(fleet.delivered.map(({ shardId }) => shardId)).size).toBe(shards);
  expect(fleet.texts).toHaveLength(keys.size);
  expect(worker.told("leaseLost")).toEqual([]);
  expect(units.counts.refused).toBeGreaterThan(500);
});

test("a fleet starts on a table of 5 write units, if not at once", async () => {
  const fleet = new Fleet(12);
  const units = limitWriteUnits(fleet.clock, () => 5);
  const workers = ["a", "b"].map((name) => fleet.start(name, { tableFaults: units.faults }));
  await fleet.clock.advance(60_000);
  const keys = await putEverywhere(fleet);
  await fleet.clock.advance(60_000);
  expect(new Set(fleet.texts)).toEqual(keys);
  for (const { told } of workers) expect(told("leaseLost")).toEqual([]);
  expect(units.counts.refused).toBeGreaterThan(10);
});

test("thirty shards on 5 write units are all read within half a minute of the start, and no lease is lost", async () => {
  const fleet = new Fleet(30);
  const units = limitWriteUnits(fleet.clock, () => 5);
  const worker = fleet.start("a", { tableFaults: units.faults });
  await fleet.clock.advance(30_000);
  expect(fleet.owners).toEqual(range(30).map(() => "a"));
  const keys = await putEverywhere(fleet);
  await fleet.clock.advance(30_000);
  expect(new Set(fleet.texts)).toEqual(keys);
  expect(worker.told("leaseLost")).toEqual([]);
});

test("and so they are by two workers, who compete for the units", async () => {
  const fleet = new Fleet(30);
  const units = limitWriteUnits(fleet.clock, () => 5);
  for (const name of ["a", "b"]) fleet.start(name, { tableFaults: units.faults });
  await fleet.clock.advance(60_000);
  const keys = await putEverywhere(fleet);
  await fleet.clock.advance(60_000);
  expect(new Set(fleet.texts)).toEqual(keys);
  expect(fleet.owners.every((owner) => owner !== undefined)).toBe(true);
});

test.each(
  [2, 3, 4].flatMap((workers) => [8, 16, 24, 30].map((shards) => [workers, shards] as const)),
)(
  "%i workers that start together on 5 write units have all of %i shards within half a minute, share them, and lose no lease",
  async (count, shards) => {
    const fleet = new Fleet(shards);
    const random = new SeededRandom(10 * count + shards);
    const units = limitWriteUnits(fleet.clock, () => 5);
    const workers: TestWorker[] = [];
    for (const i of range(count)) {
      workers.push(fleet.start(`worker-${i}`, { tableFaults: units.faults }));
      await fleet.clock.advance(random.next() * 500);
    }
    await fleet.clock.advance(30_000);
    expect(fleet.owners.filter((owner) => owner === undefined)).toEqual([]);
    await fleet.clock.advance(90_000);
    const held = countsOf(fleet);
    expect(held).toHaveLength(count);
    expect((held.at(-1) ?? 0) - (held[0] ?? 0)).toBeLessThanOrEqual(1);
    for (const { told } of workers) expect(told("leaseLost")).toEqual([]);
    expect(units.counts.refused).toBeGreaterThan(10);
  },
);
