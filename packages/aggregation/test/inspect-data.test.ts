import { createHash } from "node:crypto";
import { deaggregate, inspectData } from "@shardline/aggregation";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryMessage, damagedMessage } from "./support/arbitrary-messages.ts";
import { arbitraryRecords, encode } from "./support/arbitrary-records.ts";
import { aggregateOf, bytes, field } from "./support/messages.ts";

const MAGIC = bytes(0xf3, 0x89, 0x9a, 0xc2);
const md5 = (message: Uint8Array): Uint8Array =>
  new Uint8Array(createHash("md5").update(message).digest());

describe("inspectData", () => {
  it("gives the records of an aggregate, and the digest that it carries", () => {
    fc.assert(
      fc.property(arbitraryRecords, (records) => {
        const aggregate = encode(records);
        expect(inspectData(aggregate)).toEqual({
          kind: "aggregate",
          digest: md5(aggregate.subarray(4, -16)),
          records,
        });
      }),
    );
  });

  it("agrees with deaggregate on whole messages, damaged ones, and bytes of any kind", () => {
    const anything = fc.oneof(
      arbitraryMessage.map((message) => aggregateOf(message)),
      damagedMessage.map((message) => aggregateOf(message)),
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 60 }).map((rest) => bytes(MAGIC, rest)),
    );
    fc.assert(
      fc.property(anything, (data) => {
        expect(inspectData(data)).toMatchObject(deaggregate(data));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["nothing", bytes()],
    ["a text", bytes("just some text that is longer than twenty bytes")],
    ["a part of the magic", MAGIC.subarray(0, 3)],
  ])("misses the magic in %s", (_, data) => {
    expect(inspectData(data)).toEqual({ kind: "plain", cause: { kind: "no-magic" } });
  });

  it("says how long the shortest aggregate is", () => {
    const cause = { kind: "too-short", leastBytes: 21 };
    expect(inspectData(aggregateOf())).toEqual({ kind: "plain", cause });
  });

  it("tells both digests where they differ", () => {
    const data = bytes(MAGIC, "message", new Uint8Array(16));
    const computed = md5(bytes("message"));
    const cause = { kind: "wrong-digest", carried: new Uint8Array(16), computed };
    expect(inspectData(data)).toEqual({ kind: "plain", cause });
  });

  it.each([
    ["a field ends behind what it is in", 6, aggregateOf(0x0a, 9, "short")],
    ["a field ends behind what it is in", 9, aggregateOf(field(1, "k"), 0x1a, 0x80)],
    ["a record lacks a required field", 11, aggregateOf(field(1, "k"), field(3, 0x08, 0))],
    ["there is no field 0", 5, aggregateOf(0x00, "more")],
  ])("tells that %s, and where", (reason, atByte, data) => {
    const cause = { kind: "unreadable", reason, atByte };
    expect(inspectData(data)).toEqual({ kind: "plain", cause });
  });

  it("names the record whose key is not there, beside the digest", () => {
    const message = bytes(field(1, "k"), field(3, 0x08, 9, field(3, "data")));
    expect(inspectData(aggregateOf(message))).toEqual({
      kind: "malformed",
      digest: md5(message),
      reason: "record 0 names a partition key that is not there",
    });
  });
});
