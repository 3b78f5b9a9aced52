import { expect, test } from "vitest";
import { base64, newEmulator } from "./support/emulator.ts";

const entry = { PartitionKey: "k", Data: "" };

test("T08: five wrong members give one ValidationException with five messages and right paths", async () => {
  const { refusal } = newEmulator();
  const answer = await refusal("PutRecords", {
    StreamName: "a b",
    StreamARN: "nope",
    Records: [
      entry,
      { ...entry, PartitionKey: "k".repeat(257) },
      { ...entry, ExplicitHashKey: "01" },
      { PartitionKey: "k" },
    ],
  });
  expect(answer).toEqual({
    name: "ValidationException",
    reason:
      "5 validation errors detected: " +
      "Value 'a b' at 'streamName' failed to satisfy constraint: " +
      "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; " +
      "Value 'nope' at 'streamARN' failed to satisfy constraint: " +
      "Member must satisfy regular expression pattern: arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+; " +
      `Value '${"k".repeat(257)}' at 'records.2.member.partitionKey' failed to satisfy constraint: ` +
      "Member must have length less than or equal to 256; " +
      "Value '01' at 'records.3.member.explicitHashKey' failed to satisfy constraint: " +
      "Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38}); " +
      "Value null at 'records.4.member.data' failed to satisfy constraint: Member must not be null",
  });
});

test("one broken constraint is told in the singular", async () => {
  const { refusal } = newEmulator();
  expect((await refusal("ListStreams", { Limit: 10_001 })).reason).toBe(
    "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: " +
      "Member must have value less than or equal to 10000",
  );
});

test("no more than ten broken constraints are told", async () => {
  const { refusal } = newEmulator();
  const Records = Array.from({ length: 20 }, () => ({ ...entry, PartitionKey: "" }));
  const { reason } = await refusal("PutRecords", { StreamName: "s", Records });
  expect(reason).toMatch(/^10 validation errors detected: /);
  expect(reason.split("; ")).toHaveLength(10);
});

test("data beyond the model's maximum is shown by its length alone", async () => {
  const { refusal } = newEmulator({ streams: { s: 1 } });
  const Data = Buffer.alloc(10_485_761);
  const answer = await refusal("PutRecord", { StreamName: "s", PartitionKey: "k", Data });
  expect(answer).toEqual({
    name: "ValidationException",
    reason:
      "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=10485761 cap=10485761]' " +
      "at 'data' failed to satisfy constraint: Member must have length less than or equal to 10485760",
  });
});

const JAVA_NUMBER = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber";

test.each([
  ["a number for a text", { StreamName: 1 }, `${JAVA_NUMBER} can not be converted to an String`],
  [
    "a flag for a text",
    { StreamName: true },
    "class java.lang.Boolean can not be converted to an String",
  ],
  ["a list for a text", { StreamName: [] }, "Start of list found where not expected"],
  ["a map for a text", { StreamName: {} }, "Start of structure or map found where not expected."],
  ["a text for a list", { Records: "x" }, "Expected list or null"],
  ["a map for a list", { Records: {} }, "Start of structure or map found where not expected."],
  ["a text for a structure", { Records: ["x"] }, "Expected null"],
  ["a list for a structure", { Records: [[]] }, "Start of list found where not expected"],
  [
    "a number for data",
    { Records: [{ Data: 1 }] },
    `${JAVA_NUMBER} can not be converted to a Blob`,
  ],
  [
    "a text for a flag",
    { DryRun: "true" },
    "class java.lang.String can not be converted to an Boolean",
  ],
])("%s is a SerializationException", async (_, wrong, reason) => {
  const { refusal } = newEmulator();
  const answer = await refusal("PutRecords", wrong);
  expect(answer).toEqual({ name: "SerializationException", reason });
});

test.each([
  ["a text for a number", "ListStreams", { Limit: "1" }, "an Integer"],
  ["a text for a time", "GetShardIterator", { Timestamp: "now" }, "milliseconds since epoch"],
  ["a text for a word", "ListShards", { ShardFilter: { Type: 5 } }, "an String"],
])("%s is a SerializationException of %s", async (_, operation, wrong, target) => {
  const { refusal } = newEmulator();
  const answer = await refusal(operation, wrong);
  expect(answer.name).toBe("SerializationException");
  expect(answer.reason.endsWith(` can not be converted to ${target}`)).toBe(true);
});

test.each([
  "a",
  "ab",
  "abc",
  "ab=c",
  "a===",
  "====",
  "ab==cd==",
  "ab d",
  "ab\nd",
  "a-_b",
  "aé==",
  "ab=",
  "=abc",
  // To a decoder that looks at one byte of each character, an "A" each.
  "\u0141AAA",
  "AAA\u2e41",
])("%j is not taken for base64", async (Data) => {
  const { refusal } = newEmulator({ streams: { s: 1 } });
  const answer = await refusal("PutRecord", { StreamName: "s", PartitionKey: "k", Data });
  expect(answer.name).toBe("SerializationException");
});

test("a wrong type counts before a broken constraint, wherever it stands", async () => {
  const { refusal } = newEmulator();
  const answer = await refusal("PutRecords", { StreamName: "", Records: [entry, { Data: 5 }] });
  expect(answer.name).toBe("SerializationException");
});

test("a broken constraint counts before a stream that is not there", async () => {
  const { refusal } = newEmulator();
  expect((await refusal("DescribeStreamSummary", { StreamName: "a/b" })).name).toBe(
    "ValidationException",
  );
  expect((await refusal("DescribeStreamSummary", { StreamName: "nope" })).name).toBe(
    "ResourceNotFoundException",
  );
});

test("null counts as absent and unknown members are not looked at", async () => {
  const { call } = newEmulator({ streams: { s: 1 } });
  await call("PutRecord", {
    StreamName: "s",
    StreamARN: null,
    PartitionKey: "k",
    Data: base64("x"),
    ExplicitHashKey: null,
    Whatever: { Deep: [1] },
  });
  await call("PutRecords", { StreamName: "s", Records: [{ ...entry, ExplicitHashKey: null }] });
});

test("reading an input leaves the caller's object as it is", async () => {
  const { call } = newEmulator({ streams: { s: 1 } });
  const input = Object.freeze({
    StreamName: "s",
    StreamARN: null,
    Records: Object.freeze([Object.freeze({ ...entry, ExplicitHashKey: null })]),
  });
  await call("PutRecords", input);
  expect(input.Records[0]).toEqual({ ...entry, ExplicitHashKey: null });
});

test("fractions of whole numbers are dropped, as the service does", async () => {
  const { call } = newEmulator({ streams: { a: 1, b: 1 } });
  expect(await call("ListStreams", { Limit: 1.9 })).toMatchObject({ StreamNames: ["a"] });
});

test("an operation that is not there is refused by name", async () => {
  const { refusal } = newEmulator();
  expect(await refusal("FlyToTheMoon", {})).toEqual({
    name: "UnknownOperationException",
    reason: "the emulator has no operation FlyToTheMoon",
  });
});

test("a time that is no number at all is of the wrong type", async () => {
  const { refusal } = newEmulator({ streams: { s: 1 } });
  const input = { StreamName: "s", ShardId: "shardId-000000000000", Timestamp: Number.NaN };
  const { name } = await refusal("GetShardIterator", {
    ...input,
    ShardIteratorType: "AT_TIMESTAMP",
  });
  expect(name).toBe("SerializationException");
});

test("an element that is null is missing, in every list", async () => {
  const { refusal } = newEmulator({ streams: { s: 1 } });
  const ResourceARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
  for (const missing of [null, undefined]) {
    expect(await refusal("UntagResource", { ResourceARN, TagKeys: ["a", missing] })).toEqual({
      name: "ValidationException",
      reason:
        "1 validation error detected: Value null at 'tagKeys.2.member' failed to satisfy constraint: " +
        "Member must not be null",
    });
  }
});

test("a text of a hundred thousand characters does not fit a pattern that has no length", async () => {
  const { refusal } = newEmulator({ streams: { s: 1 } });
  for (const NewStartingHashKey of ["k".repeat(100_000), "9".repeat(100_000)]) {
    const input = { StreamName: "s", ShardToSplit: "shardId-000000000000", NewStartingHashKey };
    const { name, reason } = await refusal("SplitShard", input);
    expect(name).toBe("ValidationException");
    expect(reason).toMatch(/at 'newStartingHashKey'.*regular expression pattern/);
  }
});

test("a member that an operation does not know is dropped, whatever it holds", async () => {
  const { call, refusal } = newEmulator({ streams: { s: 1, t: 1 } });
  const StreamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
  const input = { StreamARN, MaxRecordSizeInKiB: 2048 };
  for (const StreamName of [{ toString: 1 }, "t", 5, null]) {
    expect(await call("DescribeLimits", { StreamName })).toMatchObject({ OpenShardCount: 2 });
  }
  await call("UpdateMaxRecordSize", { ...input, StreamName: { toString: 1 } });
  // Its model has no StreamName, so there is nothing else to give.
  expect(
    await refusal("UpdateMaxRecordSize", { StreamName: "t", MaxRecordSizeInKiB: 2048 }),
  ).toEqual({ name: "InvalidArgumentException", reason: "StreamARN must be given." });
});
