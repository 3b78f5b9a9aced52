import { expect, test } from "vitest";
import { ACCOUNT, base64, newEmulator } from "./support/emulator.ts";
import { FIRST_SHARD, iterator, put } from "./support/records.ts";

const name = { StreamName: "s" };
const ELSEWHERE = { accountId: "111122223333", region: "eu-west-1" };
const ELSEWHERE_ARN = "arn:aws:kinesis:eu-west-1:111122223333:stream/s";

interface Summary {
  readonly StreamDescriptionSummary: Readonly<Record<string, unknown>>;
}

test("T07: a stream passes CREATING, in which its records cannot be called, and becomes ACTIVE", async () => {
  const emulator = newEmulator();
  const { call, refusal, clock } = emulator;
  const status = async (): Promise<unknown> =>
    (await call<Summary>("DescribeStreamSummary", name)).StreamDescriptionSummary["StreamStatus"];
  await call("CreateStream", { ...name, ShardCount: 2 });
  expect(await status()).toBe("CREATING");
  const notFound = {
    name: "ResourceNotFoundException",
    reason: `Stream s under account ${ACCOUNT} not found.`,
  };
  const record = { PartitionKey: "k", Data: "" };
  expect(await refusal("PutRecord", { ...name, ...record })).toEqual(notFound);
  expect(await refusal("PutRecords", { ...name, Records: [record] })).toEqual(notFound);
  expect(
    await refusal("GetShardIterator", {
      ...name,
      ShardId: FIRST_SHARD,
      ShardIteratorType: "LATEST",
    }),
  ).toEqual(notFound);
  expect(await refusal("ListShards", name)).toEqual({
    name: "ResourceInUseException",
    reason: `Stream s under account ${ACCOUNT} not ACTIVE, instead in state CREATING`,
  });
  await clock.advance(1);
  expect(await status()).toBe("ACTIVE");
  await put(emulator, "x");
});

test("T07: a name is taken from the moment of its creation on", async () => {
  const { call, refusal, clock } = newEmulator();
  await call("CreateStream", { ...name, ShardCount: 1 });
  const expected = {
    name: "ResourceInUseException",
    reason: `Stream s under account ${ACCOUNT} already exists.`,
  };
  expect(await refusal("CreateStream", { ...name, ShardCount: 1 })).toEqual(expected);
  await clock.advance(1);
  expect(await refusal("CreateStream", { ...name, ShardCount: 1 })).toEqual(expected);
});

test("T07: a sixth stream in CREATING is refused until one of the others is ACTIVE", async () => {
  const { call, refusal, clock } = newEmulator();
  for (const StreamName of ["a", "b", "c", "d", "e"]) {
    await call("CreateStream", { StreamName, ShardCount: 1 });
  }
  expect(await refusal("CreateStream", { StreamName: "f", ShardCount: 1 })).toMatchObject({
    name: "LimitExceededException",
    reason: expect.stringContaining("CREATING or DELETING"),
  });
  await clock.advance(1);
  await call("CreateStream", { StreamName: "f", ShardCount: 1 });
});

test("streams given at the start are ACTIVE, however many they are", async () => {
  const streams = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`s${i}`, i + 1]));
  const { call } = newEmulator({ streams });
  for (const [StreamName, count] of Object.entries(streams)) {
    const { StreamDescriptionSummary } = await call<Summary>("DescribeStreamSummary", {
      StreamName,
    });
    expect(StreamDescriptionSummary).toMatchObject({
      StreamStatus: "ACTIVE",
      OpenShardCount: count,
    });
  }
});

test("an account has a quota of open shards", async () => {
  const { call, refusal, clock } = newEmulator();
  const expected = {
    name: "LimitExceededException",
    reason: expect.stringContaining("Current shard count for the account: 20000. Limit: 20000."),
  };
  await call("CreateStream", { StreamName: "a", ShardCount: 20_000 });
  expect(await refusal("CreateStream", { StreamName: "b", ShardCount: 1 })).toMatchObject(expected);
  await clock.advance(1);
  expect(await refusal("CreateStream", { StreamName: "b", ShardCount: 1 })).toMatchObject(expected);
});

test("a provisioned stream needs a shard count, and does not distribute its records itself", async () => {
  const { refusal } = newEmulator();
  expect((await refusal("CreateStream", name)).name).toBe("ValidationException");
  const auto = { ...name, ShardCount: 1, RecordDistributionStrategy: "AUTO" };
  expect((await refusal("CreateStream", auto)).name).toBe("InvalidArgumentException");
});

test("T09: a name and an ARN that disagree are refused", async () => {
  const { refusal } = newEmulator({ streams: { s: 1, t: 1 } });
  const arn = (rest: string): string => `arn:aws:kinesis:${rest}`;
  const disagreeing = [
    { ...name, StreamARN: arn(`us-east-1:${ACCOUNT}:stream/t`) },
    { ...name, StreamARN: arn(`us-east-1:${ACCOUNT}:stream/missing`) },
    { ...name, StreamARN: arn("eu-west-1:111122223333:stream/t") },
    {},
  ];
  for (const address of disagreeing) {
    expect((await refusal("DescribeStreamSummary", address)).name).toBe("InvalidArgumentException");
  }
});

test("T09: an ARN of another account and region sees another stream", async () => {
  const { call, refusal, clock } = newEmulator({ streams: { s: 1 } });
  await call("CreateStream", { ...name, ShardCount: 3 }, ELSEWHERE);
  await clock.advance(1);
  const byName = await call<Summary>("DescribeStreamSummary", name);
  const byArn = await call<Summary>("DescribeStreamSummary", { StreamARN: ELSEWHERE_ARN });
  expect(byName.StreamDescriptionSummary).toMatchObject({ OpenShardCount: 1 });
  expect(byArn.StreamDescriptionSummary).toMatchObject({
    OpenShardCount: 3,
    StreamARN: ELSEWHERE_ARN,
  });
  // As the KCL and the KPL name a stream of another account.
  const byBoth = { ...name, StreamARN: ELSEWHERE_ARN };
  expect(await call<Summary>("DescribeStreamSummary", byBoth)).toEqual(byArn);
  const notThere = { ...name, StreamARN: ELSEWHERE_ARN.replace("111122223333", "444455556666") };
  expect((await refusal("DescribeStreamSummary", notThere)).name).toBe("ResourceNotFoundException");
  const wrongPartition = ELSEWHERE_ARN.replace("arn:aws:", "arn:aws-cn:");
  expect(await refusal("DescribeStreamSummary", { StreamARN: wrongPartition })).toEqual({
    name: "ResourceNotFoundException",
    reason: "Stream s under account 111122223333 not found.",
  });
});

test("ARNs are of the partition that their region belongs to", async () => {
  const { call } = newEmulator();
  const arnIn = async (region: string): Promise<unknown> => {
    const caller = { accountId: ACCOUNT, region };
    await call("CreateStream", { ...name, ShardCount: 1 }, caller);
    return (await call<Summary>("DescribeStreamSummary", name, caller)).StreamDescriptionSummary[
      "StreamARN"
    ];
  };
  expect(await arnIn("cn-north-1")).toBe(`arn:aws-cn:kinesis:cn-north-1:${ACCOUNT}:stream/s`);
  expect(await arnIn("us-gov-west-1")).toBe(
    `arn:aws-us-gov:kinesis:us-gov-west-1:${ACCOUNT}:stream/s`,
  );
});

test("T10: a summary is complete and has no StreamId", async () => {
  const { call, clock } = newEmulator();
  await call("CreateStream", { ...name, ShardCount: 2, MaxRecordSizeInKiB: 2048 });
  await clock.advance(1);
  expect(await call("DescribeStreamSummary", name)).toEqual({
    StreamDescriptionSummary: {
      StreamName: "s",
      StreamARN: `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`,
      StreamStatus: "ACTIVE",
      StreamModeDetails: { StreamMode: "PROVISIONED" },
      StreamCreationTimestamp: 1_700_000_000,
      RetentionPeriodHours: 24,
      EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
      EncryptionType: "NONE",
      OpenShardCount: 2,
      ConsumerCount: 0,
      ChannelCount: 0,
      MaxRecordSizeInKiB: 2048,
    },
  });
});

test("T10: a well-formed StreamId is accepted beside the name, a malformed one is refused", async () => {
  const { call, refusal } = newEmulator({ streams: { s: 1 } });
  const StreamId = "abcdefghij0123456789-x1z";
  await call("DescribeStreamSummary", { ...name, StreamId });
  const malformed = await refusal("DescribeStreamSummary", { ...name, StreamId: "ABC" });
  expect(malformed.name).toBe("ValidationException");
});

test("T62: a deleted stream is read until it is gone, then it is not found", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, transitions: { deleteMs: 10 } });
  const { call, refusal, clock } = emulator;
  const start = await iterator(emulator, { ShardIteratorType: "TRIM_HORIZON" });
  await put(emulator, "before");
  await call("DeleteStream", { ...name, EnforceConsumerDeletion: true });
  await put(emulator, "meanwhile");
  expect(await call("GetRecords", { ShardIterator: start })).toMatchObject({
    Records: [{ Data: base64("before") }, { Data: base64("meanwhile") }],
  });
  expect((await refusal("ListShards", name)).name).toBe("ResourceInUseException");
  expect((await refusal("DeleteStream", name)).name).toBe("ResourceInUseException");
  await clock.advance(10);
  expect((await refusal("DescribeStreamSummary", name)).name).toBe("ResourceNotFoundException");
  expect((await refusal("GetRecords", { ShardIterator: start })).name).toBe(
    "ResourceNotFoundException",
  );
});

test("T62: a stream created anew knows neither the numbers nor the iterators of its predecessor", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const { call, refusal, clock } = emulator;
  const { SequenceNumber } = await put(emulator, "old");
  const start = await iterator(emulator, { ShardIteratorType: "TRIM_HORIZON" });
  await call("DeleteStream", name);
  await clock.advance(1);
  await call("CreateStream", { ...name, ShardCount: 1 });
  await clock.advance(1);
  expect((await refusal("GetRecords", { ShardIterator: start })).name).toBe(
    "ResourceNotFoundException",
  );
  const at = {
    ...name,
    ShardId: FIRST_SHARD,
    ShardIteratorType: "AT_SEQUENCE_NUMBER",
    StartingSequenceNumber: SequenceNumber,
  };
  expect((await refusal("GetShardIterator", at)).reason).toContain(
    "because it did not come from this stream.",
  );
  // Both lives fell into one second of the clock, and still no number is given out twice.
  expect((await put(emulator, "new")).SequenceNumber > SequenceNumber).toBe(true);
});

test("T62: a stream created anew within the same millisecond knows no token of its predecessor", async () => {
  const emulator = newEmulator({ transitions: { createMs: 0, deleteMs: 0 } });
  const { call, refusal, clock } = emulator;
  const create = async (): Promise<void> => {
    await call("CreateStream", { ...name, ShardCount: 2 });
    await clock.advance(0);
  };
  await create();
  const ShardIterator = await iterator(emulator, { ShardIteratorType: "TRIM_HORIZON" });
  const { NextToken } = await call<{ NextToken: string }>("ListShards", { ...name, MaxResults: 1 });
  await call("DeleteStream", name);
  await clock.advance(0);
  await create();
  for (const [operation, token] of Object.entries({
    GetRecords: { ShardIterator },
    ListShards: { NextToken },
  })) {
    expect((await refusal(operation, token)).name).toBe("ResourceNotFoundException");
  }
});

test("streams are listed by name, page by page", async () => {
  const { call, refusal, clock } = newEmulator({ streams: { c: 1, a: 1, d: 1, b: 1 } });
  interface List {
    readonly StreamNames: readonly string[];
    readonly HasMoreStreams: boolean;
    readonly NextToken?: string;
  }
  const first = await call<List>("ListStreams", { Limit: 3 });
  expect(first).toMatchObject({ StreamNames: ["a", "b", "c"], HasMoreStreams: true });
  const second = await call<List>("ListStreams", { NextToken: first.NextToken });
  expect(second).toMatchObject({ StreamNames: ["d"], HasMoreStreams: false });
  expect(second).not.toHaveProperty("NextToken");
  const after = await call<List>("ListStreams", { ExclusiveStartStreamName: "b" });
  expect(after.StreamNames).toEqual(["c", "d"]);
  const both = { ExclusiveStartStreamName: "b", NextToken: first.NextToken };
  expect((await refusal("ListStreams", both)).name).toBe("InvalidArgumentException");
  expect((await refusal("ListStreams", { NextToken: "bm8=" })).name).toBe(
    "InvalidArgumentException",
  );
  await clock.advance(300_001);
  expect((await refusal("ListStreams", { NextToken: first.NextToken })).name).toBe(
    "ExpiredNextTokenException",
  );
});
