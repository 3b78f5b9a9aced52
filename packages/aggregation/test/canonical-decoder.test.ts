import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCanonical } from "../src/canonical-decoder.ts";
import { messageOf } from "../src/envelope.ts";
import { decodeProtobuf } from "../src/protobuf-decoder.ts";
import { arbitraryMessage, damagedMessage } from "./support/arbitrary-messages.ts";
import { arbitraryRecords, encode } from "./support/arbitrary-records.ts";
import { bytes, field, varint } from "./support/messages.ts";

const KEY = field(1, "k");
const RECORD = field(3, 0x08, 0, field(3, "data"));

describe("decodeCanonical", () => {
  it("reads everything that the builder writes", () => {
    fc.assert(
      fc.property(arbitraryRecords, (records) => {
        expect(decodeCanonical(messageOf(encode(records)))).toEqual(records);
      }),
    );
  });

  it("reads like the protobuf decoder whatever it reads", () => {
    let wereRead = 0;
    fc.assert(
      fc.property(fc.oneof(arbitraryMessage, damagedMessage), (message) => {
        const records = decodeCanonical(message);
        if (records === undefined) return;
        wereRead += 1;
        expect(decodeProtobuf(message)).toEqual({ kind: "aggregate", records });
      }),
      { numRuns: 2000 },
    );
    expect(wereRead).toBeGreaterThan(100);
  });

  it("reads tables without records, and entries that no record names", () => {
    expect(decodeCanonical(bytes(KEY, field(2, "0")))).toEqual([]);
    expect(decodeCanonical(bytes(KEY, field(2, "0"), RECORD))).toHaveLength(1);
  });

  it.each([
    ["a record before the tables", bytes(RECORD, KEY)],
    ["the tables in the wrong order", bytes(field(2, "0"), KEY, RECORD)],
    ["an unknown field", bytes(KEY, RECORD, field(5, "x"))],
    [
      "an unknown field in a record",
      bytes(KEY, field(3, 0x08, 0, field(3, "data"), field(5, "x"))),
    ],
    [
      "a record whose fields are in the wrong order",
      bytes(KEY, field(3, field(3, "data"), 0x08, 0)),
    ],
    ["a record without data", bytes(KEY, field(3, 0x08, 0))],
    ["a key that is not in the table", bytes(KEY, field(3, 0x08, 1, field(3, "data")))],
    [
      "a hash key that is not in the table",
      bytes(KEY, field(3, 0x08, 0, 0x10, 0, field(3, "data"))),
    ],
    ["a hash key that is no number", bytes(KEY, field(2, "x"), RECORD)],
    ["a hash key of 2^128", bytes(KEY, field(2, (2n ** 128n).toString()), RECORD)],
    ["a varint of five bytes", bytes(KEY, field(3, 0x08, varint(0, 4), field(3, "data")))],
    ["data longer than its record", bytes(KEY, 0x1a, 5, 0x08, 0, 0x1a, 2, "x", RECORD)],
    ["data shorter than its record", bytes(KEY, 0x1a, 6, 0x08, 0, 0x1a, 1, "xy")],
    ["a record longer than the message", bytes(KEY, 0x1a, 7, 0x08, 0, 0x1a, 2, "xy")],
    ["a message cut in a length", bytes(KEY, 0x1a, 0x80)],
  ])("gives up on %s", (_, message) => {
    expect(decodeCanonical(message)).toBeUndefined();
  });

  it("has forgotten a message on which it gave up", () => {
    decodeCanonical(bytes(KEY, KEY, RECORD, 0));
    expect(decodeCanonical(bytes(field(1, "other"), RECORD))?.[0]?.partitionKey).toBe("other");
  });
});
