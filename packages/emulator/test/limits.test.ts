import { AWS_LIMITS, type Limits } from "@shardline/emulator";
import { expect, test } from "vitest";
import { ACCOUNT, newEmulator, type TestEmulator } from "./support/emulator.ts";
import { follow, registerConsumer } from "./support/fan-out.ts";
import { FIRST_SHARD, iterator, put, read, reshard, splitInHalf } from "./support/records.ts";

const HORIZON = { ShardIteratorType: "TRIM_HORIZON" };
const MIB = 1_048_576;
const ARN = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`;
const SHARD_THROTTLED = {
  name: "ProvisionedThroughputExceededException",
  reason: `Rate exceeded for shard ${FIRST_SHARD} in stream s under account ${ACCOUNT}.`,
};
const STREAM_THROTTLED = {
  name: "LimitExceededException",
  reason: `Rate exceeded for stream s under account ${ACCOUNT}.`,
};
const ACCOUNT_THROTTLED = {
  name: "LimitExceededException",
  reason: `Rate exceeded for account ${ACCOUNT}.`,
};

/** Puts records of so many bytes, partition keys included, past every limit of writing. */
async function withRecords(limits: Limits, ...sizes: readonly number[]): Promise<TestEmulator> {
  const emulator = newEmulator({ streams: { s: 1 }, limits });
  for (const size of sizes) {
    const Data = Buffer.alloc(size - 1);
    await emulator.call("PutRecord", { StreamName: "s", PartitionKey: "k", Data });
  }
  return emulator;
}

const READING: Limits = { readBytesPerSecond: 2 * MIB, callsPerSecond: { GetRecords: 5 } };
const tenMebibytes = Array.from({ length: 10 }, () => MIB);

test("T20: a sixth GetRecords of a shard within a second is refused", async () => {
  const emulator = newEmulator({ streams: { s: 2 }, limits: "aws" });
  const start = await iterator(emulator, HORIZON);
  const other = await iterator(emulator, { ...HORIZON, ShardId: "shardId-000000000001" });
  for (let i = 0; i < 5; i += 1) await read(emulator, start);
  expect(await emulator.refusal("GetRecords", { ShardIterator: start })).toEqual(SHARD_THROTTLED);
  await read(emulator, other);
  await emulator.clock.advance(199);
  expect(await emulator.refusal("GetRecords", { ShardIterator: start })).toEqual(SHARD_THROTTLED);
  await emulator.clock.advance(1);
  await read(emulator, start);
});

test("T20: an answer of 10 MiB is followed by five seconds without reads, and nothing is lost", async () => {
  const emulator = await withRecords(READING, ...tenMebibytes, 100);
  const first = await read(emulator, await iterator(emulator, HORIZON));
  expect(first.Records).toHaveLength(10);
  const next = { ShardIterator: first.NextShardIterator };
  await emulator.clock.advance(4999);
  expect(await emulator.refusal("GetRecords", next)).toEqual(SHARD_THROTTLED);
  await emulator.clock.advance(1);
  const second = await read(emulator, first.NextShardIterator ?? "");
  expect(second.Records).toHaveLength(1);
});

test("T20: small reads of one second pass, however many the calls, up to 2 MiB", async () => {
  const limits = { readBytesPerSecond: 2 * MIB };
  const emulator = await withRecords(limits, MIB / 2, MIB / 2, MIB / 2, MIB / 2, 1);
  let next = await iterator(emulator, HORIZON);
  for (let i = 0; i < 4; i += 1) next = (await read(emulator, next, 1)).NextShardIterator ?? "";
  const refused = { ShardIterator: next };
  expect(await emulator.refusal("GetRecords", refused)).toEqual(SHARD_THROTTLED);
  await emulator.clock.advance(1000);
  expect((await read(emulator, next)).Records).toHaveLength(1);
});

test("T20: in the long run a shard is read at no more than 2 MiB per second, whatever the pages", async () => {
  const emulator = await withRecords(READING, ...tenMebibytes, ...tenMebibytes);
  const start = await iterator(emulator, HORIZON);
  for (const limit of [1, 3, 7]) {
    let bytes = 0;
    for (let ms = 0; ms < 60_000; ms += 50) {
      const page = await read(emulator, start, limit).catch(() => undefined);
      bytes += (page?.Records.length ?? 0) * MIB;
      await emulator.clock.advance(50);
    }
    // What is read at the end of the minute may still have to be paid for.
    expect(bytes).toBeLessThanOrEqual(60 * 2 * MIB + limit * MIB + 2 * MIB);
    expect(bytes).toBeGreaterThan(50 * 2 * MIB);
    await emulator.clock.advance(10_000);
  }
});

test("a refused read takes nothing: calls refused in a pause are there at its end", async () => {
  const emulator = await withRecords(READING, ...tenMebibytes);
  const start = await iterator(emulator, HORIZON);
  const latest = await iterator(emulator, { ShardIteratorType: "LATEST" });
  await read(emulator, start);
  await emulator.clock.advance(4900);
  for (let i = 0; i < 50; i += 1) {
    expect(await emulator.refusal("GetRecords", { ShardIterator: start })).toEqual(SHARD_THROTTLED);
  }
  await emulator.clock.advance(100);
  for (let i = 0; i < 5; i += 1) await read(emulator, latest);
});

test("a sixth GetShardIterator of an open shard within a second is refused, of a closed one not", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, limits: "aws" });
  const input = { StreamName: "s", ShardId: FIRST_SHARD, ...HORIZON };
  for (let i = 0; i < 5; i += 1) await iterator(emulator, HORIZON);
  expect(await emulator.refusal("GetShardIterator", input)).toEqual(SHARD_THROTTLED);
  await emulator.clock.advance(200);
  await iterator(emulator, HORIZON);
  await splitInHalf(emulator, FIRST_SHARD);
  for (let i = 0; i < 10; i += 1) await iterator(emulator, HORIZON);
});

const KEY = { StreamName: "s", EncryptionType: "KMS", KeyId: "alias/aws/kinesis" };

const CALLS: readonly (readonly [string, number, object, object])[] = [
  ["AddTagsToStream", 5, { StreamName: "s", Tags: { a: "1" } }, STREAM_THROTTLED],
  ["CreateStream", 5, {}, ACCOUNT_THROTTLED],
  [
    "DecreaseStreamRetentionPeriod",
    5,
    { StreamName: "s", RetentionPeriodHours: 24 },
    STREAM_THROTTLED,
  ],
  ["DeleteStream", 5, {}, STREAM_THROTTLED],
  ["DescribeAccountSettings", 5, {}, ACCOUNT_THROTTLED],
  ["DescribeLimits", 1, {}, ACCOUNT_THROTTLED],
  ["DescribeStream", 10, { StreamName: "s" }, STREAM_THROTTLED],
  ["DescribeStreamSummary", 20, { StreamName: "s" }, STREAM_THROTTLED],
  [
    "IncreaseStreamRetentionPeriod",
    5,
    { StreamName: "s", RetentionPeriodHours: 24 },
    STREAM_THROTTLED,
  ],
  ["GetResourcePolicy", 5, { ResourceARN: ARN }, STREAM_THROTTLED],
  ["ListShards", 1000, { StreamName: "s" }, STREAM_THROTTLED],
  ["ListStreams", 5, {}, ACCOUNT_THROTTLED],
  ["ListTagsForResource", 5, { ResourceARN: ARN }, STREAM_THROTTLED],
  ["ListTagsForStream", 5, { StreamName: "s" }, STREAM_THROTTLED],
  ["PutResourcePolicy", 5, { ResourceARN: ARN, Policy: "{}" }, STREAM_THROTTLED],
  ["RemoveTagsFromStream", 5, { StreamName: "s", TagKeys: ["a"] }, STREAM_THROTTLED],
  ["StartStreamEncryption", 5, KEY, STREAM_THROTTLED],
  ["StopStreamEncryption", 5, KEY, STREAM_THROTTLED],
  ["TagResource", 5, { ResourceARN: ARN, Tags: { a: "1" } }, STREAM_THROTTLED],
  ["UntagResource", 5, { ResourceARN: ARN, TagKeys: ["a"] }, STREAM_THROTTLED],
  [
    "UpdateAccountSettings",
    5,
    { MinimumThroughputBillingCommitment: { Status: "DISABLED" } },
    ACCOUNT_THROTTLED,
  ],
  [
    "UpdateShardCount",
    10,
    { StreamName: "s", TargetShardCount: 1, ScalingType: "UNIFORM_SCALING" },
    STREAM_THROTTLED,
  ],
  [
    "UpdateStreamMode",
    5,
    { StreamARN: ARN, StreamModeDetails: { StreamMode: "PROVISIONED" } },
    STREAM_THROTTLED,
  ],
];

/** What changes from call to call: the streams to create and to delete. */
function inputOf(operation: string, input: object, i: number): object {
  if (operation === "CreateStream") return { StreamName: `new${i}`, ShardCount: 1 };
  return operation === "DeleteStream" ? { StreamName: i === 5 ? "s" : `old${i}` } : input;
}

test.each(CALLS)("%s is taken %i times per second", async (operation, rate, input, refused) => {
  const streams = { s: 1, old0: 1, old1: 1, old2: 1, old3: 1, old4: 1 };
  const { call, refusal, clock } = newEmulator({ streams, limits: "aws" });
  if (operation === "GetResourcePolicy") {
    await call("PutResourcePolicy", { ResourceARN: ARN, Policy: "{}" });
  } else if (operation === "StartStreamEncryption") {
    await call(operation, input);
    // Asking for the present key changes nothing, so that nothing else stands in the way.
    await clock.advance(1000);
  }
  for (let i = 0; i < rate; i += 1) await call(operation, inputOf(operation, input, i));
  await clock.advance(0);
  const next = inputOf(operation, input, rate);
  expect(await refusal(operation, next)).toEqual(
    operation === "CreateStream" ? { ...refused, reason: expect.any(String) } : refused,
  );
  await clock.advance(1000 / rate);
  await call(operation, next);
  await clock.advance(1);
});

test.each(["SplitShard", "MergeShards", "UpdateMaxRecordSize"])(
  "%s is taken 5 times per second",
  async (operation) => {
    const emulator = newEmulator({
      streams: { s: 12 },
      limits: "aws",
      transitions: { updateMs: 0 },
    });
    const id = (i: number): string => `shardId-${String(i).padStart(12, "0")}`;
    const width = 2n ** 128n / 12n;
    const inputs: Readonly<Record<string, (i: number) => object>> = {
      SplitShard: (i) => ({
        ShardToSplit: id(i),
        NewStartingHashKey: `${width * BigInt(i) + width / 2n}`,
      }),
      MergeShards: (i) => ({ ShardToMerge: id(2 * i), AdjacentShardToMerge: id(2 * i + 1) }),
      UpdateMaxRecordSize: (i) => ({ MaxRecordSizeInKiB: 1024 + i }),
    };
    const inputAt = (i: number): object => ({ StreamARN: ARN, ...inputs[operation]?.(i) });
    for (let i = 0; i < 5; i += 1) {
      await emulator.call(operation, inputAt(i));
      await emulator.clock.advance(0);
    }
    expect(await emulator.refusal(operation, inputAt(5))).toEqual(STREAM_THROTTLED);
    expect(emulator.emulator.inspect("s")?.status).toBe("ACTIVE");
    await emulator.clock.advance(200);
    await emulator.call(operation, inputAt(5));
    await emulator.clock.advance(0);
  },
);

const CONSUMER = "/consumer/c:1700000000";
const CONSUMER_CALLS: readonly (readonly [string, number, (i: number) => object])[] = [
  ["RegisterStreamConsumer", 5, (i) => ({ StreamARN: ARN, ConsumerName: `c${i}` })],
  ["DescribeStreamConsumer", 20, () => ({ ConsumerARN: `${ARN}${CONSUMER}` })],
  ["ListStreamConsumers", 5, () => ({ StreamARN: ARN })],
  ["DeregisterStreamConsumer", 5, () => ({ ConsumerARN: `${ARN}${CONSUMER}` })],
];

test.each(CONSUMER_CALLS)("%s is taken %i times per second", async (operation, rate, inputOf) => {
  const { call, refusal, clock } = newEmulator({
    streams: { s: 1 },
    limits: "aws",
    transitions: { consumerMs: 100 },
  });
  await call("RegisterStreamConsumer", { StreamARN: ARN, ConsumerName: "c" });
  await clock.advance(1000);
  for (let i = 0; i < rate; i += 1) await call(operation, inputOf(i));
  // A sixth consumer in CREATING would be refused for that.
  if (operation === "RegisterStreamConsumer") await clock.advance(100);
  expect(await refusal(operation, inputOf(rate))).toEqual(STREAM_THROTTLED);
  await clock.advance(1000 / rate);
  if (operation !== "DeregisterStreamConsumer") await call(operation, inputOf(rate));
  await clock.advance(100);
});

test("SubscribeToShard is taken once per second of a consumer and shard", async () => {
  const emulator = newEmulator({ streams: { s: 2 }, limits: "aws" });
  const input = {
    ConsumerARN: await registerConsumer(emulator),
    ShardId: FIRST_SHARD,
    StartingPosition: { Type: "LATEST" },
  };
  await emulator.call("SubscribeToShard", input);
  const tooOften = { ...SHARD_THROTTLED, name: "LimitExceededException" };
  expect(await emulator.refusal("SubscribeToShard", input)).toEqual(tooOften);
  await emulator.clock.advance(999);
  expect(await emulator.refusal("SubscribeToShard", input)).toEqual(tooOften);
  await emulator.call("SubscribeToShard", { ...input, ShardId: "shardId-000000000001" });
  await emulator.clock.advance(1);
  expect((await emulator.refusal("SubscribeToShard", input)).name).toBe("ResourceInUseException");
  await emulator.clock.advance(4000);
  await emulator.call("SubscribeToShard", input);
});

test("a rate of SubscribeToShard that is slower than the take-over holds as well", async () => {
  const emulator = newEmulator({
    streams: { s: 2 },
    limits: { callsPerSecond: { SubscribeToShard: 0.1 } },
  });
  const input = {
    ConsumerARN: await registerConsumer(emulator),
    ShardId: FIRST_SHARD,
    StartingPosition: { Type: "LATEST" },
  };
  await emulator.call("SubscribeToShard", input);
  await emulator.clock.advance(6000);
  await emulator.call("SubscribeToShard", { ...input, ShardId: "shardId-000000000001" });
  await emulator.clock.advance(3999);
  expect((await emulator.refusal("SubscribeToShard", input)).name).toBe("LimitExceededException");
  await emulator.clock.advance(1);
  await emulator.call("SubscribeToShard", input);
});

test("a subscription is pushed no more per second than its limit", async () => {
  const limits = { pushBytesPerSecond: 1000 };
  const emulator = await withRecords(limits, ...Array.from({ length: 10 }, () => 500));
  const arn = await registerConsumer(emulator);
  const reading = await follow(emulator, arn, { Type: "TRIM_HORIZON" });
  await emulator.clock.advance(0);
  const pushed = (): number => reading.events.reduce((sum, { Records }) => sum + Records.length, 0);
  expect(pushed()).toBe(2);
  await emulator.clock.advance(3000);
  expect(pushed()).toBe(8);
});

test("rates are each account's, region's and, where AWS says so, stream's own", async () => {
  const { call, refusal } = newEmulator({ streams: { s: 1, t: 1 }, limits: "aws" });
  await call("DescribeLimits", {});
  for (const accountId of [ACCOUNT, "111122223333"]) {
    await call("DescribeLimits", {}, { accountId, region: "eu-west-1" });
  }
  for (let i = 0; i < 1000; i += 1) await call("ListShards", { StreamName: "s" });
  expect((await refusal("ListShards", { StreamName: "s" })).name).toBe("LimitExceededException");
  await call("ListShards", { StreamName: "t" });
  for (let i = 0; i < 10; i += 1) await call("DescribeStream", { StreamName: i % 2 ? "s" : "t" });
  expect((await refusal("DescribeStream", { StreamName: "t" })).name).toBe(
    "LimitExceededException",
  );
});

test("a call that fails for another reason is told that reason and takes no room", async () => {
  const { call, refusal } = newEmulator({ streams: { s: 1 }, limits: "aws" });
  for (let i = 0; i < 30; i += 1) {
    expect((await refusal("DescribeStreamSummary", { StreamName: "none" })).name).toBe(
      "ResourceNotFoundException",
    );
  }
  for (let i = 0; i < 20; i += 1) await call("DescribeStreamSummary", { StreamName: "s" });
  expect((await refusal("DescribeStreamSummary", { StreamName: "none" })).name).toBe(
    "ResourceNotFoundException",
  );
});

test("without limits calls may come as often as they like", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const start = await iterator(emulator, HORIZON);
  for (let i = 0; i < 50; i += 1) {
    await emulator.call("DescribeLimits", {});
    await iterator(emulator, HORIZON);
    await read(emulator, start);
  }
});

test("limits of one's own hold beside AWS's or alone", async () => {
  const slow = newEmulator({
    streams: { s: 1 },
    limits: { ...AWS_LIMITS, writeRecordsPerSecond: 0.5 },
  });
  await put(slow, "x");
  await slow.clock.advance(1999);
  await expect(put(slow, "y")).rejects.toThrow("Rate exceeded for shard");
  await slow.clock.advance(1);
  await put(slow, "y");
  await slow.call("DescribeLimits", {});
  expect((await slow.refusal("DescribeLimits", {})).name).toBe("LimitExceededException");

  const alone = newEmulator({ streams: { s: 1 }, limits: { writeRecordsPerSecond: 1 } });
  await put(alone, "x".repeat(MIB - 3));
  await expect(put(alone, "y")).rejects.toThrow("Rate exceeded for shard");
  await alone.call("DescribeLimits", {});
  await alone.call("DescribeLimits", {});
});

test("a shard takes 10 MiB at once when its stream's records may grow, less what it has taken", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, limits: "aws" });
  await put(emulator, "x".repeat(MIB - 3));
  await emulator.call("UpdateMaxRecordSize", { StreamARN: ARN, MaxRecordSizeInKiB: 10_240 });
  await emulator.clock.advance(1);
  const Data = Buffer.alloc(9 * MIB - 1);
  const large = { StreamName: "s", PartitionKey: "k", Data };
  await emulator.call("PutRecord", large);
  // A millisecond has brought 1,048 bytes.
  const next = { ...large, Data: Buffer.alloc(2000) };
  expect(await emulator.refusal("PutRecord", next)).toEqual(SHARD_THROTTLED);
});

test("the children of a split begin with limits of their own", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, limits: { writeRecordsPerSecond: 1 } });
  await put(emulator, "x");
  await reshard(emulator, "UpdateShardCount", {
    TargetShardCount: 2,
    ScalingType: "UNIFORM_SCALING",
  });
  await put(emulator, "y", { ExplicitHashKey: "0" });
  await put(emulator, "z", { ExplicitHashKey: `${2n ** 127n}` });
});
