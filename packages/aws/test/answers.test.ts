// What is made of the SDK's answers, good and bad.
import { describe, expect, test } from "vitest";
import { AnswerMismatch } from "../src/answer-mismatch.ts";
import { readGetRecords } from "../src/get-records.ts";
import { readListShards } from "../src/list-shards.ts";
import { putTimeoutMs, readPutRecords } from "../src/put-records.ts";
import { readShardIterator } from "../src/shard-iterator.ts";
import { readStreamSummary } from "../src/stream-summary.ts";

const shardId = "shardId-000000000000";
const wholeRange = {
  StartingHashKey: "0",
  EndingHashKey: "340282366920938463463374607431768211455",
};

describe("PutRecords", () => {
  test("has one outcome per entry, in their order", () => {
    const stored = { ShardId: shardId, SequenceNumber: "495" };
    const throttled = {
      ErrorCode: "ProvisionedThroughputExceededException",
      ErrorMessage: "Rate exceeded for shard",
    };
    expect(readPutRecords(3)({ Records: [throttled, stored, {}] })).toEqual({
      outcomes: [
        {
          kind: "failed",
          failure: {
            kind: "throttled",
            awsName: "ProvisionedThroughputExceededException",
            reason: "Rate exceeded for shard",
            isAmbiguous: false,
          },
        },
        { kind: "stored", shardId, sequenceNumber: "495" },
        {
          kind: "failed",
          failure: {
            kind: "transient",
            awsName: "AnswerMismatch",
            reason: "neither a sequence number nor an error code",
            isAmbiguous: true,
          },
        },
      ],
    });
  });

  test("counts an entry as stored only if it says where", () => {
    const { outcomes } = readPutRecords(2)({
      Records: [{ SequenceNumber: "495" }, { SequenceNumber: "", ShardId: shardId }],
    });
    expect(outcomes.map(({ kind }) => kind)).toEqual(["failed", "failed"]);
  });

  test.each([0, 1, 3])("is not an answer to two entries with %i outcomes", (count) => {
    const Records = Array.from({ length: count }, () => ({}));
    expect(() => readPutRecords(2)({ Records })).toThrow(AnswerMismatch);
  });

  test.each([
    ["a small batch", 1000, 6000],
    ["as much as the timeout allows for", 5 * 256 * 1024, 6000],
    ["five MiB", 5 * 1024 * 1024, 21_000],
    ["ten MiB", 10 * 1024 * 1024, 41_000],
  ])("may take as long as a slow link needs for %s", (_what, bytes, timeoutMs) => {
    const half = bytes / 2 - 1;
    const entry = { data: new Uint8Array(half), partitionKey: "k" };
    expect(putTimeoutMs([entry, entry], 6000)).toBe(timeoutMs);
  });

  test("has no timeout of ours where the user's transport decides", () => {
    expect(putTimeoutMs([], undefined)).toBeUndefined();
  });
});

describe("GetRecords", () => {
  const arrived = new Date(1_700_000_000_123);
  const data = new Uint8Array([1, 2, 3]);
  const record = {
    SequenceNumber: "495",
    Data: data,
    PartitionKey: "k",
    ApproximateArrivalTimestamp: arrived,
  };

  test("hands on the SDK's own bytes, and reads on from the next iterator", () => {
    const keyless = { SequenceNumber: "496", Data: data, ApproximateArrivalTimestamp: arrived };
    const answer = readGetRecords({
      Records: [record, keyless],
      NextShardIterator: "next",
      MillisBehindLatest: 42,
    });
    expect(answer).toEqual({
      records: [
        { sequenceNumber: "495", partitionKey: "k", data, arrivedAtMs: 1_700_000_000_123 },
        { sequenceNumber: "496", data, arrivedAtMs: 1_700_000_000_123 },
      ],
      millisBehindLatest: 42,
      next: { kind: "iterator", iterator: "next" },
    });
    expect(answer.records[0]?.data).toBe(data);
    expect(answer.records[1]).not.toHaveProperty("partitionKey");
  });

  test("ends a shard with its children", () => {
    const children = [
      { ShardId: "shardId-000000000001", ParentShards: [shardId], HashKeyRange: wholeRange },
      { ShardId: "shardId-000000000002", ParentShards: [shardId], HashKeyRange: undefined },
    ];
    expect(readGetRecords({ Records: [], ChildShards: children })).toEqual({
      records: [],
      millisBehindLatest: 0,
      next: {
        kind: "shard-end",
        childShards: [
          {
            shardId: "shardId-000000000001",
            parentShardIds: [shardId],
            hashKeyRange: { start: 0n, end: 2n ** 128n - 1n },
          },
          { shardId: "shardId-000000000002", parentShardIds: [shardId] },
        ],
      },
    });
  });

  test("reads on where the list of children is there and empty", () => {
    const answer = readGetRecords({ Records: [], NextShardIterator: "next", ChildShards: [] });
    expect(answer.next).toEqual({ kind: "iterator", iterator: "next" });
  });

  const child = { ShardId: "c", ParentShards: [shardId], HashKeyRange: wholeRange };
  test.each([
    ["without records", { NextShardIterator: "next" }],
    ["with neither an iterator nor children", { Records: [] }],
    ["with neither an iterator nor any child", { Records: [], ChildShards: [] }],
    [
      "with an iterator and children",
      { Records: [], NextShardIterator: "n", ChildShards: [child] },
    ],
    [
      "with a child without parents",
      { Records: [], ChildShards: [{ ...child, ParentShards: [] }] },
    ],
    ["with a child without an id", { Records: [], ChildShards: [{ ...child, ShardId: "" }] }],
    ["with a record without a number", { Records: [{ ...record, SequenceNumber: "" }] }],
    ["with a record without data", { Records: [{ ...record, Data: undefined }] }],
    [
      "with a record without a time",
      { Records: [{ ...record, ApproximateArrivalTimestamp: undefined }] },
    ],
  ] as readonly (readonly [string, Parameters<typeof readGetRecords>[0]])[])(
    "is no answer %s",
    (_what, output) => {
      expect(() => readGetRecords(output)).toThrow(AnswerMismatch);
    },
  );
});

describe("ListShards", () => {
  const shard = {
    ShardId: shardId,
    HashKeyRange: wholeRange,
    SequenceNumberRange: { StartingSequenceNumber: "1" },
  };

  test("tells open and closed shards, their parents and the next page", () => {
    const merged = {
      ShardId: "shardId-000000000003",
      ParentShardId: "shardId-000000000001",
      AdjacentParentShardId: "shardId-000000000002",
      HashKeyRange: { StartingHashKey: "5", EndingHashKey: "7" },
      SequenceNumberRange: { StartingSequenceNumber: "10", EndingSequenceNumber: "20" },
    };
    expect(readListShards({ Shards: [shard, merged], NextToken: "more" })).toEqual({
      shards: [
        {
          shardId,
          startingSequenceNumber: "1",
          hashKeyRange: { start: 0n, end: 2n ** 128n - 1n },
        },
        {
          shardId: "shardId-000000000003",
          startingSequenceNumber: "10",
          endingSequenceNumber: "20",
          parentShardId: "shardId-000000000001",
          adjacentParentShardId: "shardId-000000000002",
          hashKeyRange: { start: 5n, end: 7n },
        },
      ],
      nextToken: "more",
    });
  });

  test("leaves out what is not there", () => {
    const bare = { ...shard, HashKeyRange: undefined };
    const answer = readListShards({ Shards: [bare], NextToken: undefined });
    expect(answer.shards.map(Object.keys)).toEqual([["shardId", "startingSequenceNumber"]]);
    expect(Object.keys(answer)).toEqual(["shards"]);
  });

  test.each([
    ["without shards", {}],
    ["with a shard without an id", { Shards: [{ ...shard, ShardId: undefined }] }],
    ["with a shard without numbers", { Shards: [{ ...shard, SequenceNumberRange: undefined }] }],
    [
      "with a hash key that is none",
      { Shards: [{ ...shard, HashKeyRange: { StartingHashKey: "0", EndingHashKey: "0x10" } }] },
    ],
  ])("is no answer %s", (_what, output) => {
    expect(() => readListShards(output)).toThrow(AnswerMismatch);
  });
});

describe("GetShardIterator", () => {
  test("is no answer without an iterator", () => {
    expect(() => readShardIterator({})).toThrow(AnswerMismatch);
  });
});

describe("DescribeStreamSummary", () => {
  const summary = {
    StreamName: "orders",
    StreamARN: "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
    StreamStatus: "UPDATING" as const,
    StreamCreationTimestamp: new Date(1_700_000_000_000),
    OpenShardCount: 0,
    RetentionPeriodHours: 24,
    EnhancedMonitoring: [],
  };

  test("tells what the stream is", () => {
    expect(readStreamSummary({ StreamDescriptionSummary: summary })).toEqual({
      name: "orders",
      arn: "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
      status: "UPDATING",
      createdAtMs: 1_700_000_000_000,
      openShardCount: 0,
      retentionHours: 24,
      maxRecordBytes: 1_048_576,
      distribution: "partition-key",
    });
  });

  test("tells how large a record may be and who places records, where the service says it", () => {
    const StreamDescriptionSummary = {
      ...summary,
      MaxRecordSizeInKiB: 10_240,
      RecordDistributionStrategy: "AUTO" as const,
    };
    expect(readStreamSummary({ StreamDescriptionSummary })).toMatchObject({
      maxRecordBytes: 10_485_760,
      distribution: "service-managed",
    });
  });

  test.each([
    "StreamName",
    "StreamARN",
    "StreamStatus",
    "StreamCreationTimestamp",
    "OpenShardCount",
    "RetentionPeriodHours",
  ])("is no answer without %s", (field) => {
    const incomplete = { ...summary, [field]: undefined };
    expect(() => readStreamSummary({ StreamDescriptionSummary: incomplete })).toThrow(
      AnswerMismatch,
    );
  });

  test("is no answer without a summary, or with a status nobody knows", () => {
    expect(() => readStreamSummary({})).toThrow(AnswerMismatch);
    const unknown = { ...summary, StreamStatus: "NAPPING" as "ACTIVE" };
    expect(() => readStreamSummary({ StreamDescriptionSummary: unknown })).toThrow(AnswerMismatch);
  });
});
