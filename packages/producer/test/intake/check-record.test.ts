import {
  KinesisError,
  MAX_HASH_KEY,
  type RefusedDetails,
  type UserRecord,
  writeHashKeyWords,
} from "@shardline/core";
import { describe, expect, it } from "vitest";
import { checkRecord } from "../../src/intake/check-record.ts";
import { Entry } from "../../src/record/entry.ts";
import { hashedKey } from "../../src/record/hashed-key.ts";
import { KnownKeys } from "../../src/record/known-keys.ts";
import type { NewRecord } from "../../src/record/new-record.ts";

const LIMIT = 1024;

function check(record: Partial<Record<keyof UserRecord, unknown>>, limit = LIMIT): NewRecord {
  const limits = { maxRecordBytes: limit, isKeyOptional: false };
  const full = { partitionKey: "k", data: "", ...record } as UserRecord;
  const { record: found } = new Entry();
  checkRecord(full, "orders", limits, new KnownKeys(), found);
  return found;
}

/** Every refusal also tells of the stream, and has the record; of the details, here is the rest. */
function refusal(
  record: Partial<Record<keyof UserRecord, unknown>>,
  limit = LIMIT,
): [string, unknown, string] {
  try {
    check(record, limit);
  } catch (error) {
    if (!KinesisError.is(error)) throw error;
    const { record: refused, stream, ...details } = error.details as RefusedDetails;
    expect([refused, stream]).toEqual([{ partitionKey: "k", data: "", ...record }, "orders"]);
    return [error.code, details, error.message];
  }
  throw new Error("not refused");
}

describe("the partition key", () => {
  it.each([
    ["one character", "k", 1],
    ["256 characters", "k".repeat(256), 256],
    ["256 characters of three bytes", "☃".repeat(256), 768],
    ["128 emoji, which are 256 code units", "🔑".repeat(128), 512],
    ["spaces, which are not trimmed", "  ", 2],
  ])("W-utf8: may be %s", (_, partitionKey, recordBytes) => {
    const bytes = recordBytes + 200;
    const { key, ...checked } = check({ partitionKey });
    expect(key).toEqual(hashedKey(partitionKey));
    const none = { explicitHashKey: undefined, explicitWords: undefined };
    expect(checked).toEqual({ ...none, data: "", dataBytes: 0, bytes });
  });

  it.each([
    ["empty", "", "it is empty; 1 is the least"],
    ["257 characters", "k".repeat(257), "it has 257 UTF-16 code units; 256 is the most"],
    ["129 emoji", "🔑".repeat(129), "it has 258 UTF-16 code units; 256 is the most"],
    ["half a surrogate pair", "\ud83d", "it holds a lone surrogate, which UTF-8 cannot carry"],
    ["the other half", "a\udd11b", "it holds a lone surrogate, which UTF-8 cannot carry"],
    ["missing", undefined, "it must be a string, not undefined"],
    ["a number", 7, "it must be a string, not number"],
    ["null", null, "it must be a string, not object"],
  ])("W-utf8: is refused if it is %s", (_, partitionKey, problem) => {
    expect(refusal({ partitionKey })).toEqual([
      "INVALID_RECORD",
      { field: "partitionKey" },
      `put rejected: partitionKey cannot be sent: ${problem} (stream orders)`,
    ]);
  });
});

describe("the explicit hash key", () => {
  it.each<[string | bigint, string]>([
    ["0", "0"],
    [0n, "0"],
    [MAX_HASH_KEY, "340282366920938463463374607431768211455"],
    ["340282366920938463463374607431768211455", "340282366920938463463374607431768211455"],
    [" +5 ", "5"],
    ["007", "7"],
  ])("W-ehk-range: %s is sent as %s", (given, explicitHashKey) => {
    const checked = check({ explicitHashKey: given });
    expect(checked.explicitHashKey).toBe(explicitHashKey);
    const words = new Uint32Array(4);
    writeHashKeyWords(BigInt(explicitHashKey), words, 0);
    expect(checked.explicitWords).toEqual(words);
  });

  it("W-ehk-range: is not made up where none was given", () => {
    expect(check({}).explicitHashKey).toBeUndefined();
  });

  it.each([
    ["-1"],
    [-1n],
    [MAX_HASH_KEY + 1n],
    ["340282366920938463463374607431768211456"],
    ["1e3"],
    ["0x10"],
    [""],
    ["5 5"],
    ["1.0"],
    [7],
    [null],
    [{}],
  ])("W-ehk-range: %s is refused", (explicitHashKey) => {
    expect(refusal({ explicitHashKey })).toEqual([
      "INVALID_RECORD",
      { field: "explicitHashKey" },
      "put rejected: explicitHashKey cannot be sent: it must be a whole number from 0 to 2^128 - 1 (stream orders)",
    ]);
  });
});

describe("the data", () => {
  it("W-empty: may be empty", () => {
    expect(check({ data: new Uint8Array() })).toMatchObject({ dataBytes: 0, bytes: 201 });
  });

  it("counts in bytes, of a text in UTF-8", () => {
    expect(check({ data: "☃" })).toMatchObject({ dataBytes: 3, bytes: 204 });
    expect(check({ data: Buffer.from("abc") })).toMatchObject({ dataBytes: 3, bytes: 204 });
  });

  it.each([[undefined], [null], [7], [[1, 2]], [new ArrayBuffer(3)], [{ length: 3 }]])(
    "is refused if it is %s",
    (data) => {
      expect(refusal({ data })).toEqual([
        "INVALID_RECORD",
        { field: "data" },
        "put rejected: data cannot be sent: it must be a Uint8Array or a string; use an empty one for no data (stream orders)",
      ]);
    },
  );
});

describe("the size", () => {
  it("S-too-large: of data and key together may be just the limit", () => {
    const record = { partitionKey: "☃", data: new Uint8Array(LIMIT - 3) };
    expect(check(record).bytes).toBe(LIMIT + 200);
  });

  it("S-too-large: one byte over the limit is refused, with both in the message", () => {
    const record = { partitionKey: "☃", data: new Uint8Array(LIMIT - 2) };
    expect(refusal(record)).toEqual([
      "RECORD_TOO_LARGE",
      { bytes: 1025, maxBytes: 1024 },
      "put rejected: data and partition key are 1025 bytes, the limit is 1024 (stream orders); split the record, or " +
        "raise the stream's limit and maxRecordBytes",
    ]);
  });
});
