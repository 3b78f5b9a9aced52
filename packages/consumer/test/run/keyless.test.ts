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
