// Streams whose service decides which shard a record goes to: their records may have no key, and an aggregate may hold
// records of any hash key.
import { describe, expect, test } from "vitest";
import { aggregateOf, bytesOf } from "../support/kinesis-records.ts";
import { Fleet, STREAM, type WorkerSetup } from "../support/fleet.ts";
import { failed } from "../support/failures.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { range } from "../support/lease-views.ts";

const TEXTS = range(30).map((i) => `r${i}`);
const INSIDE = range(20).map((i) => ({ key: `key-${i}`, text: `a${i}` }));
const ALL = [...TEXTS, ...INSIDE.map(({ text }) => text)].toSorted();

/** Records without a key, and aggregates; reads them all. */
async function readAll(aggregateKey: object, setup: WorkerSetup = {}) {
  const fleet = new Fleet({ shards: 3, distribution: "AUTO" });
  const worker = fleet.start("a", setup);
  const entries = [
    ...TEXTS.map((text) => ({ data: bytesOf(text) })),
    { data: aggregateOf(INSIDE), ...aggregateKey },
  ];
  await fleet.kinesis.putRecords({ stream: { name: STREAM }, entries }, ANY_SIGNAL);
  await fleet.clock.advance(10_000);
  return { fleet, worker };
}

describe("on a service-managed stream", () => {
  test("records without a key are delivered without one", async () => {
    const { fleet } = await readAll({});
    const keyless = fleet.delivered.filter(({ record }) => record.partitionKey === undefined);
    expect(keyless.map(({ text }) => text).toSorted()).toEqual(TEXTS.toSorted());
  });

  test.each([
    ["without a key", {}],
    ["with a key", { partitionKey: "a" }],
  ])("nothing of an aggregate %s is dropped for being in another shard", async (_, key) => {
    const { fleet, worker } = await readAll(key);
    expect(fleet.texts.toSorted()).toEqual(ALL);
    expect(fleet.delivered.some(({ record }) => record.isOutOfRange)).toBe(false);
    expect(worker.told("recordsOutOfRange")).toEqual([]);
  });

  test("nor of one without a key where the stream may not be described", async () => {
    const { fleet } = await readAll(
      {},
      {
        kinesisFaults: { describeStreamSummary: () => Promise.reject(failed("denied")) },
      },
    );
    expect(fleet.texts.toSorted()).toEqual(ALL);
  });
});

type Strategy = "AUTO" | "USER_PARTITION_KEY";

async function place(fleet: Fleet, RecordDistributionStrategy: Strategy): Promise<void> {
  const summary = await fleet.kinesis.describeStreamSummary(
    { stream: { name: STREAM } },
    ANY_SIGNAL,
  );
  const request = { StreamARN: summary.arn, RecordDistributionStrategy };
  await fleet.emulator.call("UpdateStreamRecordDistributionStrategy", request);
}

/** An on-demand stream whose records go where their keys say. */
async function keyed(): Promise<Fleet> {
  const fleet = new Fleet({ shards: 3, distribution: "AUTO" });
  await place(fleet, "USER_PARTITION_KEY");
  return fleet;
}

/** An aggregate of twenty keys, which belong to all shards. */
async function putMixed(fleet: Fleet, prefix: string): Promise<string[]> {
  const inside = INSIDE.map(({ key, text }) => ({ key, text: prefix + text }));
  await fleet.putData(aggregateOf(inside), 5n);
  return inside.map(({ text }) => text);
}

describe("on a stream that changes over to the service while workers run", () => {
  test("nothing is dropped for being in another shard, by a worker that leads or by any other", async () => {
    const fleet = await keyed();
    const workers = ["a", "b", "c"].map((name) => fleet.start(name));
    await fleet.clock.advance(20_000);
    await place(fleet, "AUTO");
    const texts: string[] = [];
    for (const i of range(9)) texts.push(...(await putMixed(fleet, `${i}-`)));
    await fleet.clock.advance(10_000);
    expect(new Set(fleet.delivered.map(({ worker }) => worker)).size).toBe(3);
    expect(fleet.texts.toSorted()).toEqual(texts.toSorted());
    for (const worker of workers) expect(worker.told("recordsOutOfRange")).toEqual([]);
  });

  test("what the service has placed is delivered also when the keys have come to count again", async () => {
    const fleet = await keyed();
    fleet.start("a");
    await fleet.clock.advance(20_000);
    await place(fleet, "AUTO");
    const before = await putMixed(fleet, "before-");
    await fleet.clock.advance(5000);
    const after = await putMixed(fleet, "after-");
    await place(fleet, "USER_PARTITION_KEY");
    await fleet.clock.advance(60_000);
    expect(fleet.texts.toSorted()).toEqual([...before, ...after].toSorted());
  });

  test("that it has dropped something while the keys counted says nothing of what comes then", async () => {
    const fleet = await keyed();
    const a = fleet.start("a");
    await fleet.clock.advance(5000);
    await putMixed(fleet, "before-");
    await fleet.clock.advance(5000);
    const dropped = a.told("recordsOutOfRange");
    await place(fleet, "AUTO");
    const after = await putMixed(fleet, "after-");
    await fleet.clock.advance(10_000);
    const come = fleet.texts.filter((text) => text.startsWith("after-"));
    expect(come.toSorted()).toEqual(after.toSorted());
    expect(dropped).toHaveLength(1);
    expect(a.told("recordsOutOfRange")).toEqual(dropped);
  });

  test("what comes before the record that is out of place is delivered once, and nothing is dropped while the stream does not answer", async () => {
    const fleet = await keyed();
    let isAway = false;
    const a = fleet.start("a", {
      batch: { maxRecords: 2 },
      kinesisFaults: {
        describeStreamSummary: (next, ...args) =>
          isAway ? Promise.reject(failed("throttled")) : next(...args),
      },
    });
    await fleet.clock.advance(5000);
    isAway = true;
    await place(fleet, "AUTO");
    const texts: string[] = [];
    for (const i of range(3)) texts.push(...(await putMixed(fleet, `${i}-`)));
    await fleet.clock.advance(60_000);
    expect(fleet.texts.length).toBeLessThan(texts.length);
    expect(a.told("recordsOutOfRange")).toEqual([]);
    expect(a.told("shardStalled").length).toBeGreaterThan(0);
    isAway = false;
    await fleet.clock.advance(20_000);
    expect(fleet.texts.toSorted()).toEqual(texts.toSorted());
  });
});

describe("on a stream whose keys count", () => {
  /** A worker on one of three shards into which aggregates of all keys come, second by second. */
  async function dropping(setup: WorkerSetup = {}) {
    const fleet = await keyed();
    let asked = 0;
    const a = fleet.start("a", {
      ...setup,
      kinesisFaults: {
        describeStreamSummary: (next, ...args) => {
          asked += 1;
          return setup.kinesisFaults?.describeStreamSummary?.(next, ...args) ?? next(...args);
        },
      },
    });
    await fleet.clock.advance(5000);
    asked = 0;
    for (const i of range(60)) {
      await putMixed(fleet, `${i}-`);
      await fleet.clock.advance(1000);
    }
    await fleet.clock.advance(10_000);
    const dropped = a.told("recordsOutOfRange").reduce((sum, { records }) => sum + records, 0);
    return { fleet, asked, dropped };
  }

  test("the stream is asked before anything is dropped, and not more than every two seconds", async () => {
    const { asked, dropped, fleet } = await dropping();
    expect(dropped).toBeGreaterThan(0);
    expect(fleet.texts.length + dropped).toBe(60 * INSIDE.length);
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(40);
  });

  test("what is known must do where the stream may not be described", async () => {
    const denied = { describeStreamSummary: () => Promise.reject(failed("denied")) };
    const { dropped, fleet } = await dropping({ kinesisFaults: denied });
    expect(dropped).toBeGreaterThan(0);
    expect(fleet.texts.length + dropped).toBe(60 * INSIDE.length);
  });
});
