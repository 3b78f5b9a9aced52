// GetRecords answers in JSON: whatever arrives is read as JSON.parse reads it, or not at all.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KinesisRecord } from "@shardline/core";
import { readGetRecordsJson } from "../src/wire/get-records-json.ts";

interface WireRecord {
  readonly SequenceNumber: string;
  readonly ApproximateArrivalTimestamp: number;
  readonly Data: string;
  readonly PartitionKey?: string;
}

const BASE64 = /^(?:[\w+/-]{4})*(?:[\w+/-]{3}=|[\w+/-]{2}==)?$/;

/** What an answer says, found out without any haste; throws where it says nothing. */
function readSlowly(body: Buffer): KinesisRecord[] {
  const { MillisBehindLatest, NextShardIterator, Records } = JSON.parse(body.toString());
  if (typeof (MillisBehindLatest ?? 0) !== "number" || !NextShardIterator)
    throw new Error("no answer");
  return Records.map((record: Record<string, unknown>): KinesisRecord => {
    const { ApproximateArrivalTimestamp: arrived, Data, PartitionKey, SequenceNumber } = record;
    const isRight = typeof Data === "string" && BASE64.test(Data) && typeof arrived === "number";
    if (!isRight || !/^\d+$/.test(String(SequenceNumber))) throw new Error("no record");
    return {
      sequenceNumber: SequenceNumber as string,
      ...(typeof PartitionKey === "string" ? { partitionKey: PartitionKey } : {}),
      data: new Uint8Array(Buffer.from(Data, "base64")),
      arrivedAtMs: Math.round(arrived * 1000),
    };
  });
}

function bodyOf(records: readonly object[], more: object = {}): Buffer {
  const frame = { NextShardIterator: "next", MillisBehindLatest: 7, ...more };
  return Buffer.from(JSON.stringify({ Records: records, ...frame }));
}

/** Looks like what surrounds the values that are cut out. */
const trap = fc.constantFrom(
  '{"Data":"',
  '"Data":"AAAA"',
  ',"Data":"AAAA","',
  "Data",
  "\\",
  '\\"',
  "{Data:",
  "ключ",
  "😀",
);
const partitionKey = fc.oneof(fc.string({ unit: "grapheme" }), trap, fc.constant("customer-7"));

function recordOf(sizes: fc.Arbitrary<number>): fc.Arbitrary<WireRecord> {
  const data = sizes.map((size) =>
    Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + size) & 255)).toString("base64"),
  );
  return fc.record(
    {
      SequenceNumber: fc.bigInt({ min: 0n, max: 10n ** 56n }).map(String),
      ApproximateArrivalTimestamp: fc.nat(2 ** 31).map((ms) => 1_700_000_000 + ms / 1000),
      Data: data,
      PartitionKey: partitionKey,
    },
    { requiredKeys: ["SequenceNumber", "ApproximateArrivalTimestamp", "Data"] },
  );
}

const SMALL = fc.nat(40);
const LARGE = fc.integer({ min: 600, max: 1400 });
const SIZES: readonly (readonly [what: string, sizes: fc.Arbitrary<number>])[] = [
  ["small", SMALL],
  ["large", LARGE],
  ["of any size", fc.oneof(SMALL, LARGE)],
];

describe.each(SIZES)("records that are %s", (_what, sizes) => {
  const selector = ({ SequenceNumber }: WireRecord): string => SequenceNumber;
  const records = fc
    .uniqueArray(recordOf(sizes), { maxLength: 20, selector })
    .map((all) => all.sort((a, b) => (BigInt(selector(a)) < BigInt(selector(b)) ? -1 : 1)));

  test("are read as they were written", () => {
    fc.assert(
      fc.property(records, (written) => {
        const body = bodyOf(written);
        const answer = readGetRecordsJson(body);
        expect(answer.records).toEqual(readSlowly(body));
        expect(answer.millisBehindLatest).toBe(7);
        expect(answer.next).toEqual({ kind: "iterator", iterator: "next" });
      }),
    );
  });

  test("are views of one piece of memory that is not the body's", () => {
    fc.assert(
      fc.property(records, (written) => {
        const body = bodyOf(written);
        const memories = readGetRecordsJson(body).records.map(({ data }) => data.buffer);
        expect(new Set(memories).size).toBeLessThanOrEqual(1);
        expect(memories).not.toContain(body.buffer);
      }),
    );
  });

  test("are read as they are or not at all, wherever bytes change, go missing or come twice", () => {
    const change = fc.record({
      at: fc.nat(),
      remove: fc.oneof(fc.constant(0), fc.nat(8), fc.nat(3000)),
      insert: fc.oneof(
        fc.constantFrom('"', "\\", "}", ",", "=", " ", "\n", "*", "Data", '"Data":"', "0", "null"),
        fc.constantFrom('"Data":0,', ',"Data":1', '{"Data":"AAAA"},', '"x":{"Data":"AAAA"},'),
        fc.constant(""),
      ),
    });
    const changes = fc.array(change, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(records, changes, (written, all) => {
        let text = bodyOf(written).toString("latin1");
        for (const { at, insert, remove } of all) {
          const place = at % (text.length + 1);
          text = text.slice(0, place) + insert + text.slice(place + remove);
        }
        expectSame(Buffer.from(text, "latin1"));
      }),
      { numRuns: 400 },
    );
  });
});

/** Both come to the same records, or both to nothing. */
function expectSame(body: Buffer): void {
  const [quick, slow] = [() => readGetRecordsJson(body).records, () => readSlowly(body)].map(
    (read) => {
      try {
        return read();
      } catch {
        return undefined;
      }
    },
  );
  // The tests' own reader looks at less of the answer.
  if (quick !== undefined) expect(quick).toEqual(slow);
}

const large = Buffer.alloc(1200, 9).toString("base64");
const record = { SequenceNumber: "1", ApproximateArrivalTimestamp: 1.5, Data: large };

describe("an answer", () => {
  test.each<[what: string, body: string]>([
    ["with spaces", JSON.stringify({ Records: [record], NextShardIterator: "n" }, undefined, 2)],
    ["with other fields first", JSON.stringify({ NextShardIterator: "n", Records: [record] })],
    [
      "with a field of that name elsewhere",
      JSON.stringify({ Data: large, Records: [record], NextShardIterator: "n" }),
    ],
    [
      "with a field of that name inside a record",
      JSON.stringify({
        Records: [{ More: { Data: "AAAA" }, ...record }],
        NextShardIterator: "n",
      }),
    ],
    [
      "whose data are said twice",
      `{"Records":[{"Data":"AAAA",${JSON.stringify(record).slice(1)}],"NextShardIterator":"n"}`,
    ],
    [
      "whose slashes are escaped",
      `{"Records":[${JSON.stringify(record).replace(large, `${large.slice(0, -4)}\\/\\/\\/\\/`)}],"NextShardIterator":"n"}`,
    ],
    [
      "whose name is escaped",
      `{"Records":[${JSON.stringify(record).replace('"Data"', '"\\u0044ata"')}],"NextShardIterator":"n"}`,
    ],
  ])("%s is read all the same", (_what, body) => {
    const { records } = readGetRecordsJson(Buffer.from(body));
    const [expected] = JSON.parse(body).Records as [WireRecord];
    expect(records).toEqual([
      {
        sequenceNumber: "1",
        data: new Uint8Array(Buffer.from(expected.Data, "base64")),
        arrivedAtMs: 1500,
      },
    ]);
  });

  test.each<[what: string, change: object]>([
    ["without a number", { SequenceNumber: undefined }],
    ["with a sentinel for a number", { SequenceNumber: "TRIM_HORIZON" }],
    ["with a number that is no text", { SequenceNumber: 1 }],
    ["without data", { Data: undefined }],
    ["with data that are a number", { Data: 0 }],
    ["with data that are no base64", { Data: `${large.slice(0, -4)}A*AA` }],
    ["with data of a length that base64 does not have", { Data: large.slice(1) }],
    ["with a sign of the end amid its data", { Data: `AA==${large}` }],
    ["without a time", { ApproximateArrivalTimestamp: undefined }],
    ["with a time that is a text", { ApproximateArrivalTimestamp: "now" }],
    ["with a key that is a number", { PartitionKey: 1 }],
  ])("%s is none, at once or after good records", (_what, change) => {
    for (const good of [[], [record], Array.from({ length: 20 }, () => record)]) {
      const body = bodyOf([...good, { ...record, ...change }]);
      expect(() => readGetRecordsJson(body)).toThrow(/^a record/);
    }
  });

  test.each<[what: string, body: string]>([
    ["that is empty", ""],
    ["that is a number", "1"],
    ["that is null", "null"],
    ["that is a list", "[]"],
    ["whose records are no list", '{"Records":{"length":3},"NextShardIterator":"n"}'],
    ["whose records are nothing", '{"Records":[null],"NextShardIterator":"n"}'],
    ["whose lag is a text", '{"Records":[],"NextShardIterator":"n","MillisBehindLatest":"0"}'],
    ["whose iterator is a number", '{"Records":[],"NextShardIterator":1}'],
    ["whose children are no list", '{"Records":[],"ChildShards":"none"}'],
    ["whose children are nothing", '{"Records":[],"ChildShards":[null]}'],
    ["with a child of no parents", '{"Records":[],"ChildShards":[{"ShardId":"a"}]}'],
    ["that ends in the middle of a value", `{"Records":[{"Data":"${large}`],
    ["of a million levels", "[".repeat(1_000_000)],
  ])("%s is none", (_what, body) => {
    expect(() => readGetRecordsJson(Buffer.from(body))).toThrow(Error);
  });
});

test.each([
  ["before the one in front of it", ["4957", "4956"]],
  ["like the one in front of it", ["4957", "4957"]],
  ["before it with fewer digits", ["1000", "999"]],
  ["before the first, at the very end", ["5", "6", "7", "4"]],
])("an answer with a record whose number is %s is refused as a whole", (_what, numbers) => {
  const body = bodyOf(numbers.map((SequenceNumber) => ({ ...record, SequenceNumber })));
  expect(() => readGetRecordsJson(body)).toThrow("not in the order of their numbers");
});
