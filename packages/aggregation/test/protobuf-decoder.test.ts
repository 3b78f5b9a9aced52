import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Deaggregation } from "../src/deaggregation.ts";
import { decodeProtobuf } from "../src/protobuf-decoder.ts";
import { arbitraryMessage, damagedMessage } from "./support/arbitrary-messages.ts";
import { arbitraryRecords, encode } from "./support/arbitrary-records.ts";
import { bytes, field } from "./support/messages.ts";
import { isComparable, judgeByReflection } from "./support/reflection-oracle.ts";

const KEY = field(1, "k");
const RECORD = field(3, 0x08, 0, field(3, "data"));
const data = new Uint8Array(Buffer.from("data"));

/** Our verdict in the oracle's form. */
function judge(message: Uint8Array): unknown {
  const result: Deaggregation = decodeProtobuf(message);
  return result.kind === "aggregate" ? result.records : result.kind;
}

describe("decodeProtobuf", () => {
  it("agrees with protobufjs's reflection on whole messages", () => {
    fc.assert(
      fc.property(arbitraryMessage, (message) => {
        fc.pre(isComparable(message));
        expect(judge(message)).toEqual(judgeByReflection(message));
      }),
      { numRuns: 1000 },
    );
  });

  it("agrees with protobufjs's reflection on damaged messages", () => {
    fc.assert(
      fc.property(damagedMessage, (message) => {
        fc.pre(isComparable(message));
        expect(judge(message)).toEqual(judgeByReflection(message));
      }),
      { numRuns: 3000 },
    );
  });

  it("reads everything that the builder writes", () => {
    fc.assert(
      fc.property(arbitraryRecords, (records) => {
        expect(judge(encode(records).slice(4, -16))).toEqual(records);
      }),
    );
  });

  it("keeps the tags of a record, beside its explicit hash key", () => {
    const tags = [field(4, field(1, "a"), field(2, "b")), field(4, field(1, "c"))];
    const record = field(3, 0x08, 0, 0x10, 0, field(3, "data"), ...tags);
    expect(judge(bytes(KEY, field(2, "7"), record))).toEqual([
      {
        partitionKey: "k",
        explicitHashKey: "7",
        data,
        tags: [{ key: "a", value: "b" }, { key: "c" }],
      },
    ]);
  });

  it("names the record whose key is not there, and no key or data", () => {
    const stray = field(3, 0x08, 9, field(3, "secret"));
    expect(decodeProtobuf(bytes(KEY, RECORD, stray))).toEqual({
      kind: "malformed",
      reason: "record 1 names a partition key that is not there",
    });
    const strayHash = field(3, 0x08, 0, 0x10, 0, field(3, "secret"));
    expect(decodeProtobuf(bytes(KEY, strayHash))).toEqual({
      kind: "malformed",
      reason: "record 0 names an explicit hash key that is not there",
    });
    expect(decodeProtobuf(bytes(KEY, field(2, "x"), strayHash))).toEqual({
      kind: "malformed",
      reason: "record 0 names an explicit hash key that is no hash key",
    });
  });

  it.each([" 7", "7 ", "7\n", "\u00a07"])(
    "takes %j for no hash key, as Java does, though digits are in it",
    (hashKey) => {
      const record = field(3, 0x08, 0, 0x10, 0, field(3, "data"));
      expect(judge(bytes(KEY, field(2, hashKey), record))).toBe("malformed");
    },
  );

  it("answers data as views of the message", () => {
    const message = bytes("before", KEY, field(5, "odd"), RECORD).subarray(6);
    const result = decodeProtobuf(message);
    const [record] = result.kind === "aggregate" ? result.records : [];
    expect(record?.data).toEqual(data);
    expect(record?.data.buffer).toBe(message.buffer);
  });
});
