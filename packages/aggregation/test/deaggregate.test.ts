import { deaggregate } from "@shardline/aggregation";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryMessage, damagedMessage } from "./support/arbitrary-messages.ts";
import { arbitraryRecords, encode } from "./support/arbitrary-records.ts";
import { aggregateOf, bytes, field, varint } from "./support/messages.ts";
import { isComparable, judgeByReflection } from "./support/reflection-oracle.ts";

const PLAIN = { kind: "plain" };
const MAGIC = bytes(0xf3, 0x89, 0x9a, 0xc2);
const MIB = 1024 * 1024;

const someRecords = [
  { partitionKey: "ключ", data: new Uint8Array(Buffer.from("☃")) },
  { partitionKey: "k", explicitHashKey: "12345", data: new Uint8Array(200) },
  { partitionKey: "k", data: new Uint8Array(0) },
];

describe("deaggregate", () => {
  it("gives back the records that were put together, in their order", () => {
    fc.assert(
      fc.property(arbitraryRecords, (records) => {
        expect(deaggregate(encode(records))).toEqual({ kind: "aggregate", records });
      }),
    );
  });

  it("gives back thousands of records", () => {
    const records = Array.from({ length: 20_000 }, (_, i) => ({
      partitionKey: `key-${i % 5000}`,
      data: new Uint8Array(Buffer.from(String(i))),
    }));
    expect(deaggregate(encode(records))).toEqual({ kind: "aggregate", records });
  });

  it("answers views of the data, also of a part of a larger buffer", () => {
    const aggregate = encode(someRecords);
    const around = Buffer.from(bytes("before", aggregate, "behind"));
    const result = deaggregate(around.subarray(6, 6 + aggregate.length));
    expect(result).toEqual({ kind: "aggregate", records: someRecords });
    const [record] = result.kind === "aggregate" ? result.records : [];
    expect(record?.data.buffer).toBe(around.buffer);
    expect(Buffer.isBuffer(record?.data)).toBe(false);
  });

  it("takes an aggregate inside an aggregate out once", () => {
    const inner = encode(someRecords);
    const records = [{ partitionKey: "k", data: inner }];
    expect(deaggregate(encode(records))).toEqual({ kind: "aggregate", records });
  });

  it.each([
    ["nothing", bytes()],
    ["a text", bytes("just some text that is longer than twenty bytes")],
    ["the magic alone", MAGIC],
    ["the magic and 16 bytes (W-decode-negatives)", bytes(MAGIC, new Uint8Array(16))],
    ["the magic and the digest of nothing", aggregateOf()],
    ["a wrong digest (W-decode-negatives)", bytes(encode(someRecords).slice(0, -1), 0)],
    ["no protobuf, but its digest (W-decode-negatives)", aggregateOf("garbage\xff\xfe")],
  ])("leaves %s plain", (_, data) => {
    expect(deaggregate(data)).toEqual(PLAIN);
  });

  it("leaves an aggregate plain that is cut anywhere", () => {
    const aggregate = encode(someRecords);
    for (let length = 0; length < aggregate.length; length += 1) {
      expect(deaggregate(aggregate.subarray(0, length)), `${length} bytes`).toEqual(PLAIN);
    }
  });

  it("judges a message that is cut anywhere, or has any bit turned, as the oracle does", () => {
    const message = encode(someRecords).slice(4, -16);
    const cut = Array.from(message, (_, length) => message.slice(0, length));
    const turned = Array.from({ length: message.length * 8 }, (_, bit) =>
      message.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
    );
    for (const changed of [...cut.slice(1), ...turned]) {
      const result = deaggregate(aggregateOf(changed));
      if (!isComparable(changed)) continue;
      const verdict = result.kind === "aggregate" ? result.records : result.kind;
      expect(verdict, Buffer.from(changed).toString("hex")).toEqual(judgeByReflection(changed));
    }
  });

  it("answers a value to anything at all", () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.uint8Array({ maxLength: 100 }).map((data) => bytes(MAGIC, data)),
      fc.uint8Array({ minLength: 1, maxLength: 100 }).map((message) => aggregateOf(message)),
      fc.oneof(arbitraryMessage, damagedMessage).map((message) => aggregateOf(message)),
    );
    fc.assert(
      fc.property(anything, (data) => {
        expect(["plain", "aggregate", "malformed"]).toContain(deaggregate(data).kind);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("hostile data", () => {
  it("of 10 MiB of zeros behind the magic is plain, with and without their digest", () => {
    const zeros = new Uint8Array(10 * MIB);
    expect(deaggregate(bytes(MAGIC, zeros))).toEqual(PLAIN);
    expect(deaggregate(aggregateOf(zeros))).toEqual(PLAIN);
  });

  it.each([
    ["a key", bytes(0x0a, varint(2 ** 31), "k")],
    ["data", bytes(field(1, "k"), field(3, 0x08, 0, 0x1a, varint(2n ** 32n - 1n)))],
    ["an unknown field", bytes(field(1, "k"), 0x2a, varint(2 ** 28 - 1))],
  ])("that gives %s a length beyond the end is plain", (_, message) => {
    expect(deaggregate(aggregateOf(message))).toEqual(PLAIN);
  });

  it("of a million groups in each other is plain", () => {
    expect(deaggregate(aggregateOf(new Uint8Array(1_000_000).fill(0x2b)))).toEqual(PLAIN);
  });

  it("of a million empty keys is an aggregate without records", () => {
    const keys = new Uint8Array(2_000_000).map((_, i) => (i % 2 === 0 ? 0x0a : 0));
    expect(deaggregate(aggregateOf(keys))).toEqual({ kind: "aggregate", records: [] });
  });

  it("of one large key that many records name decodes that key once", () => {
    const key = "k".repeat(MIB);
    const record = field(3, 0x08, 0, field(3, ""));
    const records = Array.from({ length: 50_000 }, () => record);
    const inOrder = deaggregate(aggregateOf(field(1, key), Buffer.concat(records)));
    const keyLast = deaggregate(aggregateOf(Buffer.concat(records), field(1, key)));
    for (const result of [inOrder, keyLast]) {
      const decoded = result.kind === "aggregate" ? result.records : [];
      expect(decoded).toHaveLength(50_000);
      expect(decoded.at(-1)?.partitionKey.length).toBe(MIB);
    }
  });
});
