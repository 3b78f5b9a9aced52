import { comparePositions, MAX_HASH_KEY, type Position } from "@shardline/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BatchRules, buildBatches } from "../../src/batch/batch-builder.ts";
import { HashRangeFilter } from "../../src/batch/hash-range-filter.ts";
import {
  aggregateRecord,
  bytesOf,
  malformedRecord,
  placeOf,
  plainRecord,
} from "../support/kinesis-records.ts";
import { positionOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";

const EVERYTHING = new HashRangeFilter(undefined);
const HALF = MAX_HASH_KEY / 2n;
const LOWER = new HashRangeFilter({ start: 0n, end: HALF });

function rulesWith(rules: Partial<BatchRules & BatchRules["limits"]> = {}): BatchRules {
  const { maxBytes = 1e6, maxRecords = 1000, ...rest } = rules;
  return { filter: EVERYTHING, outOfRange: "drop", ...rest, limits: { maxBytes, maxRecords } };
}

function build(
  records: Parameters<typeof buildBatches>[0]["records"],
  after?: Position,
  rules: BatchRules = rulesWith(),
) {
  const built = [...buildBatches({ records, millisBehindLatest: 7 }, after, rules)];
  return {
    batches: built.map(({ batch, bytes, isMalformed, upTo }) => ({
      batch,
      bytes,
      isMalformed,
      upTo,
    })),
    outOfRange: built.reduce((sum, { outOfRange }) => sum + outOfRange, 0),
    malformed: built.filter(({ isMalformed }) => isMalformed).length,
  };
}

/** Positions and texts, batch by batch. */
function placesOf({ batches }: ReturnType<typeof build>): string[][] {
  return batches.map(({ batch }) => batch.records.map(placeOf));
}

const TEN = range(10).map((i) => ({ text: `r${i}`, key: `k${i}` }));

test("a plain record is handed out as it was put", () => {
  const record = plainRecord(5, "hello", "customer-7");
  expect(build([record])).toEqual({
    batches: [
      {
        batch: {
          records: [
            {
              partitionKey: "customer-7",
              data: record.data,
              sequenceNumber: "5",
              subSequenceNumber: 0,
              arrivedAtMs: record.arrivedAtMs,
              isOutOfRange: false,
            },
          ],
          millisBehindLatest: 7,
        },
        upTo: positionOf(5),
        bytes: 5,
        isMalformed: false,
      },
    ],
    outOfRange: 0,
    malformed: 0,
  });
});

test("the records of an aggregate keep their own keys and share its number and its time", () => {
  const aggregate = aggregateRecord(5, [
    { key: "a", text: "x" },
    { hashKey: 9n, text: "y" },
  ]);
  const { batches } = build([aggregate]);
  expect(batches[0]?.batch.records).toEqual([
    {
      partitionKey: "a",
      data: bytesOf("x"),
      sequenceNumber: "5",
      subSequenceNumber: 0,
      arrivedAtMs: aggregate.arrivedAtMs,
      isOutOfRange: false,
    },
    {
      partitionKey: "key",
      explicitHashKey: "9",
      data: bytesOf("y"),
      sequenceNumber: "5",
      subSequenceNumber: 1,
      arrivedAtMs: aggregate.arrivedAtMs,
      isOutOfRange: false,
    },
  ]);
  expect(batches[0]?.upTo).toEqual(positionOf(5, 1));
});

test("a record of a service-managed stream has no partition key", () => {
  const { partitionKey: _, ...keyless } = plainRecord(5, "hello");
  expect(build([keyless]).batches[0]?.batch.records[0]).not.toHaveProperty("partitionKey");
});

test("no records make no batches", () => {
  expect(build([])).toEqual({ batches: [], outOfRange: 0, malformed: 0 });
});

test("a batch cannot be changed by the handler, because it may have to come again", () => {
  const { batch } = build([plainRecord(5, "hello")]).batches[0] ?? {};
  expect(Object.isFrozen(batch)).toBe(true);
  expect(Object.isFrozen(batch?.records)).toBe(true);
});

describe("82 aggregate-corrupt:", () => {
  test("with a wrong digest it is a plain record and nothing is said", () => {
    const broken = aggregateRecord(5, TEN);
    broken.data.set([1, 2, 3], broken.data.length - 3);
    const { batches, malformed } = build([broken]);
    expect(batches[0]?.batch.records).toMatchObject([{ data: broken.data, subSequenceNumber: 0 }]);
    expect([batches[0]?.isMalformed, malformed]).toEqual([false, 0]);
  });

  test("with an index outside its tables it makes a batch of its own, as the raw record, between its neighbours", () => {
    const record = malformedRecord(5);
    const records = [plainRecord(4, "before"), record, plainRecord(6, "behind")];
    const { batches, malformed } = build(records);
    expect(malformed).toBe(1);
    expect(batches.map(({ isMalformed }) => isMalformed)).toEqual([false, true, false]);
    expect(batches.map(({ upTo }) => upTo)).toEqual([4, 5, 6].map((n) => positionOf(n)));
    expect(batches[1]?.batch.records).toMatchObject([
      { data: record.data, sequenceNumber: "5", subSequenceNumber: 0, partitionKey: "key" },
    ]);
  });

  test("takes the records that were filtered out before it to the batch before it", () => {
    const foreign = aggregateRecord(4, [{ hashKey: MAX_HASH_KEY, text: "upper" }]);
    const rules = rulesWith({ filter: LOWER });
    const { batches } = build([foreign, malformedRecord(5)], undefined, rules);
    expect(batches.map(({ batch, upTo }) => [batch.records.length, upTo])).toEqual([
      [0, positionOf(4)],
      [1, positionOf(5)],
    ]);
  });
});

describe("resuming behind a checkpoint", () => {
  test.each(range(11))(
    "80 mid-aggregate-resume: inside an aggregate of ten, at subsequence number %i",
    (sub) => {
      const records = [plainRecord(4, "before"), aggregateRecord(5, TEN), plainRecord(6, "after")];
      const built = build(records, positionOf(5, sub));
      const rest = range(10)
        .filter((i) => i > sub)
        .map((i) => `5/${i} r${i}`);
      expect(placesOf(built)).toEqual([[...rest, "6/0 after"]]);
    },
  );

  test("a fetch that lies wholly behind it makes no batch and moves nothing", () => {
    expect(build([plainRecord(4, "x"), aggregateRecord(5, TEN)], positionOf(5, 9)).batches).toEqual(
      [],
    );
  });

  test("what was handled already is not told as out of range again", () => {
    const foreign = aggregateRecord(5, [
      { hashKey: HALF + 1n, text: "x" },
      { hashKey: 0n, text: "y" },
    ]);
    const rules = rulesWith({ filter: LOWER });
    expect(build([foreign], undefined, rules).outOfRange).toBe(1);
    expect(build([foreign], positionOf(5, 0), rules).outOfRange).toBe(0);
  });

  test("what was handled already is not told as malformed again", () => {
    expect(build([malformedRecord(5)], positionOf(5)).malformed).toBe(0);
  });
});

describe("81 aggregate-mixed-range: records that do not belong to the shard", () => {
  const mixed = aggregateRecord(5, [
    { hashKey: HALF + 1n, text: "upper 0" },
    { hashKey: HALF, text: "lower 1" },
    { hashKey: MAX_HASH_KEY, text: "upper 2" },
    { hashKey: 0n, text: "lower 3" },
    { hashKey: MAX_HASH_KEY, text: "upper 4" },
  ]);

  test("are left out one by one, the others keep their indexes, and the position goes past them", () => {
    const built = build([mixed], undefined, rulesWith({ filter: LOWER }));
    expect(placesOf(built)).toEqual([["5/1 lower 1", "5/3 lower 3"]]);
    expect(built.batches[0]?.upTo).toEqual(positionOf(5, 4));
    expect(built.outOfRange).toBe(3);
  });

  test("are delivered and marked where that is asked for", () => {
    const rules = rulesWith({ filter: LOWER, outOfRange: "deliver" });
    const { batches, outOfRange } = build([mixed], undefined, rules);
    const marks = batches[0]?.batch.records.map(({ isOutOfRange }) => isOutOfRange);
    expect(marks).toEqual([true, false, true, false, true]);
    expect(outOfRange).toBe(3);
  });

  test("leave a batch without records, so that a checkpoint can pass them", () => {
    const foreign = aggregateRecord(5, [{ hashKey: MAX_HASH_KEY, text: "upper" }]);
    const { batches } = build([foreign], undefined, rulesWith({ filter: LOWER }));
    expect(batches).toEqual([
      {
        batch: { records: [], millisBehindLatest: 7 },
        upTo: positionOf(5, 0),
        bytes: 0,
        isMalformed: false,
      },
    ]);
  });

  test("are never looked for among plain records: Kinesis itself placed those", () => {
    const key =
      range(20)
        .map((i) => `k${i}`)
        .find((k) => !LOWER.covers(k, undefined)) ?? "";
    const built = build([plainRecord(5, "x", key)], undefined, rulesWith({ filter: LOWER }));
    expect(placesOf(built)).toEqual([["5/0 x"]]);
    expect(built.outOfRange).toBe(0);
  });
});

describe("cutting", () => {
  test("a batch has at most so many records, and ends inside an aggregate if need be", () => {
    const built = build([aggregateRecord(5, TEN)], undefined, rulesWith({ maxRecords: 4 }));
    expect(placesOf(built).map(({ length }) => length)).toEqual([4, 4, 2]);
    expect(built.batches.map(({ upTo }) => upTo)).toEqual([3, 7, 9].map((i) => positionOf(5, i)));
  });

  test("a batch has at most so many bytes of data, exactly that many included", () => {
    const records = range(5).map((i) => plainRecord(i + 1, "abcd"));
    expect(placesOf(build(records, undefined, rulesWith({ maxBytes: 8 })))).toHaveLength(3);
    expect(placesOf(build(records, undefined, rulesWith({ maxBytes: 7 })))).toHaveLength(5);
  });

  test("a record that is larger than a batch makes one of its own", () => {
    const records = [plainRecord(1, "a"), plainRecord(2, "very large"), plainRecord(3, "b")];
    expect(placesOf(build(records, undefined, rulesWith({ maxBytes: 4 })))).toEqual([
      ["1/0 a"],
      ["2/0 very large"],
      ["3/0 b"],
    ]);
  });
});

const arbitraryFetch = fc
  .array(
    fc.array(fc.record({ lower: fc.boolean(), size: fc.nat(12) }), { minLength: 1, maxLength: 6 }),
    {
      maxLength: 8,
    },
  )
  .map((records) =>
    records.map((inside, i) =>
      inside.length === 1
        ? plainRecord(i + 1, "x".repeat(inside[0]?.size ?? 0))
        : aggregateRecord(
            i + 1,
            inside.map(({ lower, size }) => ({
              hashKey: lower ? 0n : MAX_HASH_KEY,
              text: "x".repeat(size),
            })),
          ),
    ),
  );

test("whatever comes and wherever it is cut, stopping after any batch and resuming there loses and repeats nothing", () => {
  const arbitrary = fc.record({
    records: arbitraryFetch,
    maxRecords: fc.integer({ min: 1, max: 5 }),
    maxBytes: fc.integer({ min: 1, max: 30 }),
    stopAfter: fc.nat(10),
  });
  fc.assert(
    fc.property(arbitrary, ({ maxBytes, maxRecords, records, stopAfter }) => {
      const rules = rulesWith({ filter: LOWER, maxBytes, maxRecords });
      const whole = build(records, undefined, rules);
      const all = placesOf(whole).flat();
      expect(placesOf(build(records, undefined, rulesWith({ filter: LOWER }))).flat()).toEqual(all);
      for (const { batch } of whole.batches) {
        expect(batch.records.length).toBeLessThanOrEqual(maxRecords);
        const bytes = batch.records.reduce((sum, { data }) => sum + data.length, 0);
        if (batch.records.length > 1) expect(bytes).toBeLessThanOrEqual(maxBytes);
      }
      const done = whole.batches.slice(0, stopAfter);
      const resumed = build(records, done.at(-1)?.upTo, rules);
      expect([
        ...placesOf({ ...whole, batches: done }).flat(),
        ...placesOf(resumed).flat(),
      ]).toEqual(all);
      const ends = whole.batches.map(({ upTo }) => upTo);
      for (const [i, end] of ends.slice(1).entries()) {
        expect(comparePositions(end, ends[i] as Position)).toBeGreaterThan(0);
      }
    }),
    { numRuns: 200 },
  );
});

test("a batch is built when it is asked for, so that those of a large fetch are not all in memory", () => {
  let isReached = false;
  const later = {
    ...plainRecord(6, "later"),
    get data() {
      isReached = true;
      return bytesOf("later");
    },
  };
  const records = [aggregateRecord(5, TEN), later];
  const batches = buildBatches(
    { records, millisBehindLatest: 0 },
    undefined,
    rulesWith({ maxRecords: 4 }),
  );
  expect(batches.next().value?.batch.records).toHaveLength(4);
  expect(isReached).toBe(false);
  expect([...batches].map(({ batch }) => batch.records.length)).toEqual([4, 3]);
  expect(isReached).toBe(true);
});
