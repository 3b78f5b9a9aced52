// Answers in CBOR, good ones and such as mean harm.
import { cbor } from "@smithy/core/cbor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCbor } from "../src/wire/cbor-reader.ts";

const MEGABYTE = 1_048_576;
const answer = {
  FailedRecordCount: 1,
  Records: [
    { ShardId: "shardId-000000000000", SequenceNumber: "4".repeat(56), ErrorCode: null },
    { ErrorCode: "InternalFailure", ErrorMessage: "нет".repeat(100), isRight: true },
  ],
};

test("says what the SDK's encoder was given", () => {
  // As a whole number has no sign when it is nothing, the encoder writes -0 as 0.
  const fraction = fc.double({ noNaN: true }).map((value) => value + 0);
  const number = fc.oneof(fc.maxSafeInteger(), fraction);
  // The SDK's decoder takes this name for the prototype of the object.
  const name = fc.string().filter((text) => text !== "__proto__");
  const item = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: "grapheme", maxLength: 300 }),
      number,
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("any"), { maxLength: 30 }),
      fc.dictionary(name, tie("any"), { maxKeys: 30, noNullPrototype: true }),
    ),
  })).any;
  fc.assert(
    fc.property(item, (value) => {
      expect(readCbor(Buffer.from(cbor.serialize(value)))).toEqual(value);
    }),
    { numRuns: 300 },
  );
});

test("reads lists, maps and texts whose length is not told", () => {
  const list = [0x9f, 0x01, 0x20, 0xff];
  const text = [0x7f, 0x62, 0x61, 0x62, 0x61, 0x63, 0xff];
  const piecesOfBytes = [0x5f, 0x41, 0x07, 0xff];
  const fields = [0x61, 0x61, ...list, 0x61, 0x62, ...text, 0x61, 0x63, ...piecesOfBytes];
  const bytes = Buffer.of(0xbf, ...fields, 0xff);
  expect(readCbor(bytes)).toEqual({ a: [1, -1], b: "abc", c: Buffer.of(7) });
});

test("takes no answer that is cut, anywhere, or that something follows", () => {
  const whole = Buffer.from(cbor.serialize(answer));
  expect(readCbor(whole)).toEqual(answer);
  for (let length = 0; length < whole.length; length += 1) {
    expect(() => readCbor(whole.subarray(0, length))).toThrow("cut short");
  }
  expect(() => readCbor(Buffer.concat([whole, Buffer.of(0)]))).toThrow("something behind it");
});

describe("ends soon", () => {
  test.each<[what: string, bytes: Buffer, message: string]>([
    [
      "with a big number",
      Buffer.concat([Buffer.of(0xc2, 0x5a, 0, 0x10, 0, 0), Buffer.alloc(MEGABYTE)]),
      "a tag",
    ],
    ["with lists in lists", Buffer.alloc(MEGABYTE, 0x81), "too deep"],
    ["with maps in maps", Buffer.alloc(MEGABYTE, Buffer.of(0xa1, 0x60)), "too deep"],
    ["with lists without end", Buffer.alloc(MEGABYTE, 0x9f), "too deep"],
    ["with a list of more than there is", Buffer.of(0x9a, 255, 255, 255, 255), "cut short"],
    ["with a map of more than can be", Buffer.of(0xbb, 1, 0, 0, 0, 0, 0, 0, 0), "cut short"],
    ["with a text of more than there is", Buffer.alloc(9, 0x7b), "cut short"],
    ["with a number for a name", Buffer.of(0xa1, 0x01, 0x01), "no text"],
    ["with bytes in a text", Buffer.of(0x7f, 0x41, 0x41, 0xff), "another type"],
    ["with pieces in pieces", Buffer.of(0x7f, 0x7f, 0x61, 0x61, 0xff, 0xff), "no known kind"],
    ["with a break alone", Buffer.of(0xff), "no known kind"],
    ["with a head that is reserved", Buffer.of(0x1c), "no known kind"],
  ])("%s", (_what, bytes, message) => {
    expect(() => readCbor(bytes)).toThrow(message);
  });

  test("whatever comes, with an answer or an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readCbor(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
