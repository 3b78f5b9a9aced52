import { createHash } from "node:crypto";
import { AggregateBuilder } from "@shardline/aggregation";
import { expect, test } from "vitest";
import { describeBlob } from "../../src/decode/description.ts";

const V1 = Buffer.from(
  "f3899ac20a01610a01621a0508001a01781a0508011a0179b0031909ae75891ca94acec2ecce3125",
  "hex",
);
const MAGIC = V1.subarray(0, 4);

function describe(data: Buffer, form: "text" | "base64" | "hex" = "text"): unknown {
  const { json, ...rest } = describeBlob({ readAs: "hex", data }, 1, form);
  return { ...rest, fields: JSON.parse(json) as unknown };
}

function enveloped(message: Buffer): Buffer {
  return Buffer.concat([MAGIC, message, createHash("md5").update(message).digest()]);
}

test("an aggregate is told with its digest and the keys, hashes and data of its records", () => {
  const hashOfA = "16955237001963240173058271559858726497";
  const hashOfB = BigInt(`0x${createHash("md5").update("b").digest("hex")}`).toString();
  const md5 = "b0031909ae75891ca94acec2ecce3125";
  expect(describe(V1)).toEqual({
    isAggregate: true,
    fields: {
      blob: 1,
      kind: "aggregate",
      bytes: 40,
      readAs: "hex",
      md5,
      records: [
        { subSequenceNumber: 0, partitionKey: "a", hashKey: hashOfA, data: "x" },
        { subSequenceNumber: 1, partitionKey: "b", hashKey: hashOfB, data: "y" },
      ],
    },
    lines: [
      `1: an aggregate of 2 records in 40 bytes, MD5 ${md5}`,
      `   0  partitionKey "a"  hashKey "${hashOfA}"  data "x"`,
      `   1  partitionKey "b"  hashKey "${hashOfB}"  data "y"`,
    ],
  });
});

test("an explicit hash key is shown, and is what places the record", () => {
  const builder = new AggregateBuilder();
  builder.add("k", "7", Uint8Array.of(0xff, 0));
  const data = Buffer.from(builder.encode());
  const record = { subSequenceNumber: 0, partitionKey: "k", explicitHashKey: "7", hashKey: "7" };
  const shown = (form: "text" | "base64" | "hex"): unknown =>
    (describe(data, form) as { fields: { records: unknown[] } }).fields.records[0];
  expect(shown("text")).toEqual({ ...record, dataBase64: "/wA=" });
  expect(shown("base64")).toEqual({ ...record, dataBase64: "/wA=" });
  expect(shown("hex")).toEqual({ ...record, dataHex: "ff00" });
});

test("data that is an aggregate itself is marked, and data cannot write over the terminal", () => {
  const builder = new AggregateBuilder();
  builder.add("k", undefined, V1);
  builder.add("k", undefined, "\u001b[2Jgone");
  const { lines } = describeBlob({ readAs: "raw", data: Buffer.from(builder.encode()) }, 1, "text");
  expect(lines[1]).toMatch(/isAggregate true$/);
  expect(lines[2]).toContain('data "\\u001b[2Jgone"');
});

test.each([
  ["it is empty", "no-magic", Buffer.alloc(0)],
  ["it begins with 68656c6c and not with f3899ac2", "no-magic", Buffer.from("hello")],
  ["an aggregate has at least 21 bytes", "too-short", MAGIC],
  [
    "it ends with 00000000000000000000000000000000, but the MD5 of what it encloses is cfcd208495d565ef66e7dff9f98764da",
    "wrong-digest",
    Buffer.concat([MAGIC, Buffer.from("0"), Buffer.alloc(16)]),
  ],
  [
    "magic and MD5 are right, but the message cannot be read at byte 5: a field ends behind what it is in",
    "unreadable",
    enveloped(Buffer.of(0x0a)),
  ],
])("no aggregate: %s", (reason, cause, data) => {
  expect(describe(data)).toMatchObject({
    isAggregate: false,
    fields: { kind: "plain", cause, reason, bytes: data.length },
    lines: [`1: no aggregate, ${data.length} bytes read as hex: ${reason}`],
  });
});

test("an aggregate with a record whose key is missing is told as broken, with its digest", () => {
  const data = enveloped(Buffer.of(0x1a, 4, 0x08, 3, 0x1a, 0));
  const reason =
    "record 0 names a partition key that is not there; the KCL drops that one and all after it";
  expect(describe(data)).toMatchObject({
    isAggregate: false,
    fields: { kind: "malformed", reason, md5: data.subarray(-16).toString("hex") },
    lines: [`1: a broken aggregate, ${data.length} bytes read as hex: ${reason}`],
  });
});
