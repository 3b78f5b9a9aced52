// GetRecords answers in CBOR, good ones and such as mean harm.
import { cbor, tag } from "@smithy/core/cbor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readGetRecordsCbor } from "../src/wire/get-records-cbor.ts";

const ARRIVED_MS = 1_700_000_000_123;
const data = Buffer.from("data of a record");
const record = {
  SequenceNumber: "495",
  ApproximateArrivalTimestamp: ARRIVED_MS,
  Data: data,
  PartitionKey: "ключ",
  EncryptionType: "NONE",
};

function bodyOf(records: unknown, more: object = {}): Buffer {
  const frame = { NextShardIterator: "next", MillisBehindLatest: 7, ...more };
  return Buffer.from(cbor.serialize({ Records: records, ...frame }));
}

test("says what was written, its data views of the body", () => {
  const written = fc.record(
    {
      SequenceNumber: fc.bigInt({ min: 0n, max: 10n ** 56n }).map(String),
      ApproximateArrivalTimestamp: fc.integer({ min: 1_400_000_000_000, max: 4_000_000_000_000 }),
      Data: fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.uint8Array({ size: "xlarge" })),
      PartitionKey: fc.string({ unit: "grapheme", maxLength: 256 }),
      EncryptionType: fc.constantFrom("NONE", "KMS"),
    },
    { requiredKeys: ["SequenceNumber", "ApproximateArrivalTimestamp", "Data"] },
  );
  const selector = ({ SequenceNumber }: { readonly SequenceNumber: string }): string =>
    SequenceNumber;
  const answers = fc
    .uniqueArray(written, { maxLength: 40, selector })
    .map((all) => all.sort((a, b) => (BigInt(selector(a)) < BigInt(selector(b)) ? -1 : 1)));
  fc.assert(
    fc.property(answers, (records) => {
      const body = bodyOf(records);
      const answer = readGetRecordsCbor(body);
      expect(answer.records).toEqual(
        records.map(({ ApproximateArrivalTimestamp, Data, PartitionKey, SequenceNumber }) => ({
          sequenceNumber: SequenceNumber,
          ...(PartitionKey === undefined ? {} : { partitionKey: PartitionKey }),
          data: Data,
          arrivedAtMs: ApproximateArrivalTimestamp,
        })),
      );
      for (const one of answer.records) expect(one.data.buffer).toBe(body.buffer);
      expect(answer.millisBehindLatest).toBe(7);
      expect(answer.next).toEqual({ kind: "iterator", iterator: "next" });
    }),
    { numRuns: 200 },
  );
});

test.each<[what: string, time: unknown]>([
  ["in milliseconds", ARRIVED_MS],
  ["in tagged milliseconds", tag({ tag: 1, value: ARRIVED_MS })],
  ["in seconds", ARRIVED_MS / 1000],
  ["in tagged seconds", tag({ tag: 1, value: ARRIVED_MS / 1000 })],
])("a time may be %s", (_what, ApproximateArrivalTimestamp) => {
  const [read] = readGetRecordsCbor(bodyOf([{ ...record, ApproximateArrivalTimestamp }])).records;
  expect(read?.arrivedAtMs).toBe(ARRIVED_MS);
});

test("ends a shard with its children", () => {
  const HashKeyRange = { StartingHashKey: "0", EndingHashKey: "9" };
  const child = { ShardId: "b", ParentShards: ["a"], HashKeyRange };
  const body = Buffer.from(cbor.serialize({ Records: [], ChildShards: [child] }));
  expect(readGetRecordsCbor(body).next).toEqual({
    kind: "shard-end",
    childShards: [{ shardId: "b", parentShardIds: ["a"], hashKeyRange: { start: 0n, end: 9n } }],
  });
});

test("reads what is in pieces, and of a length that is not told", () => {
  const text = (value: string) => Buffer.from(cbor.serialize(value));
  const pieces = Buffer.of(0x5f, 0x41, 7, 0x42, 8, 9, 0xff);
  const number = Buffer.of(0x7f, 0x62, 0x31, 0x32, 0x61, 0x33, 0xff);
  const time = Buffer.from(cbor.serialize(ARRIVED_MS));
  const bytes = [text("Data"), pieces, text("SequenceNumber"), number];
  const fields = [...bytes, text("ApproximateArrivalTimestamp"), time];
  const list = [text("Records"), Buffer.of(0x9f, 0xbf), ...fields, Buffer.of(0xff, 0xff)];
  const body = Buffer.concat([
    Buffer.of(0xbf),
    ...list,
    text("NextShardIterator"),
    text("n"),
    Buffer.of(0xff),
  ]);
  const { records } = readGetRecordsCbor(body);
  expect(records.map((one) => ({ ...one, data: [...one.data] }))).toEqual([
    { sequenceNumber: "123", data: [7, 8, 9], arrivedAtMs: ARRIVED_MS },
  ]);
});

test("takes no answer that is cut, anywhere, or that something follows", () => {
  const whole = bodyOf([record, { ...record, SequenceNumber: "496" }]);
  expect(readGetRecordsCbor(whole).records.length).toBe(2);
  for (let length = 0; length < whole.length; length += 1) {
    expect(() => readGetRecordsCbor(whole.subarray(0, length))).toThrow("cut short");
  }
  expect(() => readGetRecordsCbor(Buffer.concat([whole, Buffer.of(0)]))).toThrow("behind it");
});

test.each<[what: string, change: object]>([
  ["without a number", { SequenceNumber: undefined }],
  ["with a sentinel for a number", { SequenceNumber: "SHARD_END" }],
  ["with a number that is no text", { SequenceNumber: 1 }],
  ["without data", { Data: undefined }],
  ["with data that are a text", { Data: "AAAA" }],
  ["with data that are nothing", { Data: null }],
  ["without a time", { ApproximateArrivalTimestamp: undefined }],
  ["with a time that is a text", { ApproximateArrivalTimestamp: "now" }],
  ["with a time before 1970", { ApproximateArrivalTimestamp: -5 }],
  ["with a time without bounds", { ApproximateArrivalTimestamp: Number.POSITIVE_INFINITY }],
  ["with a key that is a number", { PartitionKey: 1 }],
])("a record %s makes it no answer", (_what, change) => {
  const changed = Object.entries({ ...record, ...change }).filter(
    ([, value]) => value !== undefined,
  );
  expect(() => readGetRecordsCbor(bodyOf([Object.fromEntries(changed)]))).toThrow(
    expect.objectContaining({ name: "AnswerMismatch" }),
  );
});

describe("ends soon, with an answer or a mismatch", () => {
  const MEBIBYTE = 1_048_576;
  const records = Buffer.from(cbor.serialize("Records"));
  const inRecords = (...bytes: readonly number[]) => [
    Buffer.of(0xa1),
    records,
    Buffer.of(...bytes),
  ];
  test.each<[what: string, bytes: readonly Uint8Array[]]>([
    ["with a list of more than there is", inRecords(0x9a, 255, 255, 255, 255)],
    ["with a list of more than can be", inRecords(0x9b, 255, 255, 255, 255, 255, 255, 255, 255)],
    ["with millions of empty records", [...inRecords(0x9f), Buffer.alloc(MEBIBYTE, 0xa0)]],
    ["with records in records", [...inRecords(0x9f), Buffer.alloc(MEBIBYTE, 0x9f)]],
    ["with data of more than there is", inRecords(0x81, 0xa1, 0x64, 68, 97, 116, 97, 0x7b)],
    ["with a name of more than there is", [Buffer.of(0xbf, 0x7b, 0, 0, 1, 0, 0, 0, 0, 0)]],
    ["with levels without end", [Buffer.of(0xa1, 0x61, 0x61), Buffer.alloc(MEBIBYTE, 0x81)]],
    ["with a number for a map", [Buffer.of(0x01)]],
    ["with a break", [Buffer.of(0xff)]],
    ["with nothing", []],
  ])("%s", (_what, bytes) => {
    expect(() => readGetRecordsCbor(Buffer.concat(bytes))).toThrow(
      expect.objectContaining({ name: "AnswerMismatch" }),
    );
  });

  test("whatever changes on the way", () => {
    const whole = bodyOf([record, record, record]);
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, byte] of changes) bytes[at] = byte;
        try {
          for (const { data: read, sequenceNumber } of readGetRecordsCbor(bytes).records) {
            expect(sequenceNumber).toMatch(/^\d+$/);
            expect(bytes.includes(Buffer.from(read))).toBe(true);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
