import { isDeepStrictEqual } from "node:util";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { Emulator, type FaultEffect } from "@shardline/emulator";
import { expect, test } from "vitest";
import { Journal } from "../evidence/journal.ts";
import { encodeRecord, nameOf } from "../evidence/sim-record.ts";
import { ShardNames } from "../evidence/shard-names.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { WatchedKinesis } from "../evidence/watched-kinesis.ts";
import { drawOdds } from "../odds.ts";
import { World } from "../world.ts";
import { FAULTS } from "./fault-names.ts";
import { runBesideWire, WiredKinesis } from "./wired-kinesis.ts";

const FORMS = ["json", "cbor"] as const;
const BROKEN_WIRE = { brokenConnection: 0.02, spoiltAnswer: 0.02, errorPage: 0.02 };
const NEVER = new AbortController().signal;

test("one world in ten goes over a wire, half of them in CBOR", () => {
  const forms = Array.from({ length: 10_000 }, (_, seed) => {
    return drawOdds(new SeededRandom(seed)).wire.form;
  });
  for (const form of FORMS) {
    const share = forms.filter((drawn) => drawn === form).length / forms.length;
    expect(share).toBeGreaterThan(0.035);
    expect(share).toBeLessThan(0.065);
  }
});

test.each(FORMS)("a world over a wire in %s holds, and is the same each time", async (form) => {
  const plan = { seed: 7, hours: 1 / 30, odds: { wire: { form, ...BROKEN_WIRE } } };
  const [once, again] = [await new World(plan).run(), await new World(plan).run()];
  expect(once.broken, once.story.join("\n")).toBeUndefined();
  // Listings are rare.
  const often = FAULTS.filter((name) => name.startsWith("wire: ") && !name.includes("listings"));
  for (const fault of often) {
    expect(once.faults.get(fault), fault).toBeGreaterThan(0);
  }
  expect(isDeepStrictEqual(again, once)).toBe(true);
});

test.each<FaultEffect>([
  { kind: "commitThenDrop" },
  { kind: "cutBody" },
  { kind: "corrupt", how: "truncated" },
  { kind: "corrupt", how: "empty" },
  { kind: "corrupt", how: "wrongCount" },
])("what is stored is written down, although %j hides it from the caller", async (effect) => {
  expect(await landedUnder(effect)).toEqual(["a/0", "a/1", "b/0", "b/1"]);
});

test("what a broken connection kept from being stored is not written down", async () => {
  expect(await landedUnder({ kind: "reset" })).toEqual(["a/0", "b/0"]);
});

test("no simulated time passes while a call is under way", async () => {
  const clock = new VirtualClock();
  using emulator = newEmulator(clock);
  const wire = new WiredKinesis(emulator, "json");
  const call = wire.api.listShards({ stream: { name: "orders" } }, NEVER);
  let isListed = false;
  void call.then(() => (isListed = true));
  clock.startTimer(1, () => expect(isListed).toBe(true));
  await runBesideWire(clock, wire, 1, () => false);
  expect(clock.nowMs()).toBe(1);
  expect((await call).shards).toHaveLength(2);
});

function newEmulator(clock = new VirtualClock()): Emulator {
  const random = new SeededRandom(1);
  return new Emulator({ clock, random, streams: { orders: 2 } });
}

/** Puts two records, and then, under a fault of the wire, two more; answers what the evidence knows to be stored. */
async function landedUnder(effect: FaultEffect): Promise<string[]> {
  using emulator = newEmulator();
  const wire = new WiredKinesis(emulator, "json");
  const journal = new Journal(() => 0);
  const stored = new StoredRecords();
  journal.watch(stored);
  const watched = new WatchedKinesis({
    kinesis: wire.api,
    shardsNow: () => emulator.shards("orders"),
    names: new ShardNames([{ name: "orders", prefix: "" }]),
    storedAfter: (shardId, last) => emulator.recordsAfter("orders", shardId, last),
    journal,
  });
  const kinesis = watched.of("producer-0");
  const put = (number: number): Promise<unknown> => {
    const entries = ["a", "b"].map((key) => {
      return { partitionKey: key, data: encodeRecord({ key, number }, 0) };
    });
    return kinesis.putRecords({ stream: { name: "orders" }, entries }, NEVER);
  };
  await put(0);
  emulator.faults.add({ effect });
  await expect(put(1)).rejects.toMatchObject({ details: { failure: { isAmbiguous: true } } });
  expect(journal.broken).toBeUndefined();
  return [...stored.all()].map(([, { record }]) => nameOf(record)).toSorted();
}
