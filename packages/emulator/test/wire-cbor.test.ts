// The second form of the protocol by itself: bytes to inputs, outputs to bytes. Expected bytes are written out, or
// read by the library, never by what is tested.
import { decode } from "cborg";
import { describe, expect, test } from "vitest";
import { CBOR_WIRE } from "../src/wire/wire-cbor.ts";
import { jackson } from "./support/jackson.ts";

/** The library reads tags only where it is told how. */
const tags = { 1: (content: () => unknown) => ({ epochMs: content() }) };

function read(hex: string): unknown {
  return CBOR_WIRE.decode(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

function written(operation: string, output: unknown): unknown {
  return decode(CBOR_WIRE.encode(operation, output), { tags });
}

describe("a body of CBOR", () => {
  test.each([
    ["a map of stated length", "a1 6161 01", { a: 1 }],
    ["maps and lists of unstated length", "bf 6161 9f 01 02 bf ff ff ff", { a: [1, 2, {}] }],
    ["a text in pieces, a name in pieces", "a1 7f 6161 6162 ff 7f 6178 60 6179 ff", { ab: "xy" }],
    ["bytes in pieces", "a1 6161 5f 4101 420203 ff", { a: Buffer.of(1, 2, 3) }],
    ["no pieces at all", "a2 6161 5fff 6162 7fff", { a: Buffer.alloc(0), b: "" }],
    [
      "a half, a single and a double float",
      "83 f93e00 fa40200000 fb4004cccccccccccd",
      [1.5, 2.5, 2.6],
    ],
    ["null, undefined, true and false", "84 f6 f7 f5 f4", [null, undefined, true, false]],
    [
      "whole numbers of every width",
      "85 17 18ff 19ffff 1affffffff 20",
      [23, 255, 65_535, 2 ** 32 - 1, -1],
    ],
    [
      "numbers beyond a double's precision",
      "82 1bffffffffffffffff 3bffffffffffffffff",
      [2 ** 64, -(2 ** 64)],
    ],
    ["tags, which say nothing", "d9d9f7 a1 6161 c1 d81e 05", { a: 5 }],
    ["text that begins with a byte order mark", "a1 6161 64 efbbbf61", { a: "\ufeffa" }],
    ["text of all planes", "a1 6161 6a e29883 f09d849e c3a961", { a: "☃𝄞éa" }],
    ["a replacement character that was meant", "a1 6161 63 efbfbd", { a: "\ufffd" }],
    ["a name twice, of which the last counts", "a2 6161 01 6161 02", { a: 2 }],
  ])("holds %s", (_, hex, expected) => {
    expect(read(hex)).toEqual(expected);
  });

  test("keeps a name like __proto__ a name", () => {
    const input = read("a1 69 5f5f70726f746f5f5f a1 6161 01") as object;
    expect(Object.getPrototypeOf(input)).toBe(Object.prototype);
    expect(Object.keys(input)).toEqual(["__proto__"]);
    expect("a" in input).toBe(false);
  });

  test.each([
    ["T05: a tagged whole number of milliseconds", "c1 1b 0000019a9f8c6c7b"],
    ["T05: an untagged one", "1b 0000019a9f8c6c7b"],
    ["T05: a tagged double", "c1 fb 4279a9f8c6c7b000"],
  ])("%s is a time, also within a structure", (_, time) => {
    const seconds = Number(0x0000_019a_9f8c_6c7bn) / 1000;
    const nested = `a1 69${Buffer.from("Timestamp").toString("hex")} ${time}`;
    expect(read(nested)).toEqual({ Timestamp: seconds });
    expect(read(`a1 6161 ${nested}`)).toEqual({ a: { Timestamp: seconds } });
    const created = Buffer.from("StreamCreationTimestamp").toString("hex");
    expect(read(`bf 77${created} ${time} ff`)).toEqual({ StreamCreationTimestamp: seconds });
  });

  test.each([
    ["nothing", ""],
    ["a break", "ff"],
    ["a map that is cut off", "a2 6161 01"],
    ["a map of unstated length without an end", "bf 6161 01"],
    ["a break within a list of stated length", "82 01 ff"],
    ["a name without a value", "bf 6161 ff"],
    ["names that are no text", "a1 01 02"],
    ["more than one item", "a0 a0"],
    ["text that is cut off", "64 616161"],
    ["bytes longer than any body", "5b ffffffffffffffff"],
    ["a list longer than any body", "9b 0fffffffffffffff 01"],
    ["a map longer than any body", "ba ffffffff 6161 01"],
    ["text that is no UTF-8", "a1 6161 61ff"],
    ["text with half a character", "a1 6161 62c3a9".replace("a9", "28")],
    ["a name that is no UTF-8", "a1 62ff61 01"],
    ["pieces of another type", "7f 4161 ff"],
    ["pieces within pieces", "7f 7f 6161 ff ff"],
    ["pieces without an end", "7f 6161"],
    ["a tag without an item", "c1"],
    ["a break for a tagged item", "9f c1 ff"],
    ["a length of no known width", "7c 61"],
    ["an unknown kind of number", "1c"],
    ["a simple value", "e0"],
    ["a number that is none", "f97e00"],
    ["a number without end", "fa7f800000"],
  ])("is malformed with %s", (_, hex) => {
    expect(read(hex)).toBeUndefined();
  });

  test.each([
    ["lists", 0x81],
    ["lists of unstated length", 0x9f],
    ["tags", 0xc1],
  ])("is malformed with millions of %s in each other", (_, byte) => {
    expect(CBOR_WIRE.decode(Buffer.alloc(5_000_000, byte))).toBeUndefined();
  });

  test("is malformed with more items, or pieces of them, than any call has", () => {
    const many = Buffer.concat([Buffer.of(0x9f), Buffer.alloc(1_000_000, 0xa0), Buffer.of(0xff)]);
    expect(CBOR_WIRE.decode(many)).toBeUndefined();
    for (const [opening, empty] of [
      [0x5f, 0x40],
      [0x7f, 0x60],
    ] as const) {
      const pieces = Buffer.concat([Buffer.of(opening), Buffer.alloc(1_000_000, empty)]);
      expect(CBOR_WIRE.decode(Buffer.concat([pieces, Buffer.of(0xff)]))).toBeUndefined();
    }
    const entry = { Data: Buffer.of(1), PartitionKey: "k", ExplicitHashKey: "0" };
    const Records = Array.from({ length: 500 }, () => entry);
    expect(CBOR_WIRE.decode(jackson({ StreamName: "s", Records }))).toEqual({
      StreamName: "s",
      Records,
    });
  });
});

describe("an output as CBOR", () => {
  test("is an empty map where there is none", () => {
    expect(CBOR_WIRE.encode("CreateStream", undefined)).toEqual(Buffer.of(0xa0));
  });

  test("T05: has its times in tagged milliseconds, wherever they stand", () => {
    const StreamCreationTimestamp = 1_763_700_000.123;
    expect(
      written("ListStreams", { StreamSummaries: [{ StreamName: "s", StreamCreationTimestamp }] }),
    ).toEqual({
      StreamSummaries: [
        { StreamName: "s", StreamCreationTimestamp: { epochMs: 1_763_700_000_123 } },
      ],
    });
  });

  test.each([
    "ApproximateArrivalTimestamp",
    "ChannelCreationTimestamp",
    "ConsumerCreationTimestamp",
    "EarliestAllowedEndAt",
    "EndedAt",
    "StartedAt",
    "StreamCreationTimestamp",
    "Timestamp",
  ])("T05: has %s, which the service's model calls a time, in tagged milliseconds", (name) => {
    const time = { [name]: 1_763_700_000.123 };
    expect(written("Any", time)).toEqual({ [name]: { epochMs: 1_763_700_000_123 } });
    expect(CBOR_WIRE.decode(CBOR_WIRE.encode("Any", time))).toEqual(time);
  });

  test("leaves out members that are not there", () => {
    expect(written("ListShards", { Shards: [], NextToken: undefined })).toEqual({ Shards: [] });
  });

  test("has the outcomes of PutRecords in their order, the failed ones too", () => {
    const output = {
      FailedRecordCount: 1,
      Records: [
        { SequenceNumber: "4".repeat(56), ShardId: "shardId-000000000000" },
        { ErrorCode: "ProvisionedThroughputExceededException", ErrorMessage: "Rate exceeded é" },
        { SequenceNumber: "5".repeat(56), ShardId: "shardId-000000000001" },
      ],
    };
    expect(written("PutRecords", output)).toEqual(output);
    const Records = Array.from({ length: 500 }, () => output.Records[0]);
    expect(written("PutRecords", { FailedRecordCount: 0, Records })).toEqual({
      FailedRecordCount: 0,
      Records,
    });
  });

  test.each(["GetRecords", "SubscribeToShardEvent"])(
    "has the records of %s with data as bytes",
    (operation) => {
      const SequenceNumber = "4".repeat(56);
      const lengths = [0, 1, 23, 24, 255, 256, 65_535, 65_536, 1_048_576];
      const all = lengths.map((length, i) => ({
        data: Buffer.alloc(length, i + 1),
        PartitionKey: ["k", "☃".repeat(256), "\u0000", "𝄞"][i % 4] as string,
        ms: 1_763_700_000_123 + i * 2 ** 30,
      }));
      const output = {
        Records: all.map(({ data, PartitionKey, ms }, i) => ({
          SequenceNumber,
          ApproximateArrivalTimestamp: ms / 1000,
          Data: i % 2 === 0 ? data : data.toString("base64"),
          PartitionKey,
        })),
        MillisBehindLatest: 5,
        NextShardIterator: undefined,
        ChildShards: [{ ShardId: "shardId-000000000002", ParentShards: ["a", "b"] }],
      };
      const { Records, ...rest } = written(operation, output) as typeof output;
      expect(rest).toEqual({ MillisBehindLatest: 5, ChildShards: output.ChildShards });
      expect(Records).toHaveLength(all.length);
      for (const [i, { data, PartitionKey, ms }] of all.entries()) {
        const { Data, ...others } = Records[i] as (typeof Records)[number];
        expect(Buffer.compare(Data as Buffer, data), `of ${data.length} bytes`).toBe(0);
        expect(others).toEqual({
          SequenceNumber,
          PartitionKey,
          ApproximateArrivalTimestamp: { epochMs: ms },
        });
      }
    },
  );

  test("T06: is, for a failure, a map of the exception and its message", () => {
    const failure = { awsName: "ResourceNotFoundException", reason: "Stream s not found." };
    expect(decode(CBOR_WIRE.encodeFailure(failure))).toEqual({
      __type: "ResourceNotFoundException",
      message: "Stream s not found.",
    });
  });
});
