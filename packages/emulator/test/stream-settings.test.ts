import { expect, test } from "vitest";
import { ACCOUNT, newEmulator, type TestEmulator } from "./support/emulator.ts";
import {
  FIRST_SHARD,
  iterator,
  put,
  read,
  shardsOf,
  splitInHalf,
  textOf,
} from "./support/records.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const name = { StreamName: "s" };
const StreamARN = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`;
const HORIZON = { ShardIteratorType: "TRIM_HORIZON" };

async function summaryOf({ call }: TestEmulator): Promise<Readonly<Record<string, unknown>>> {
  const output = await call<{ StreamDescriptionSummary: Readonly<Record<string, unknown>> }>(
    "DescribeStreamSummary",
    name,
  );
  return output.StreamDescriptionSummary;
}

async function setRetention(emulator: TestEmulator, hours: number): Promise<void> {
  const { RetentionPeriodHours: current } = await summaryOf(emulator);
  const verb = hours < Number(current) ? "Decrease" : "Increase";
  await emulator.call(`${verb}StreamRetentionPeriod`, { ...name, RetentionPeriodHours: hours });
  await emulator.clock.advance(1);
}

async function textsLeft(emulator: TestEmulator): Promise<string[]> {
  const page = await read(emulator, await iterator(emulator, HORIZON));
  return page.Records.map(textOf);
}

test("T32: a decrease of the retention period trims at once", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, transitions: { updateMs: 10 } });
  await setRetention(emulator, 48);
  await emulator.clock.advance(9);
  await put(emulator, "old");
  await splitInHalf(emulator, FIRST_SHARD);
  await emulator.clock.advance(30 * HOUR_MS);
  await put(emulator, "young", { ExplicitHashKey: "0" });
  expect(await textsLeft(emulator)).toEqual(["old"]);
  await emulator.call("DecreaseStreamRetentionPeriod", { ...name, RetentionPeriodHours: 24 });
  expect(await summaryOf(emulator)).toMatchObject({
    StreamStatus: "UPDATING",
    RetentionPeriodHours: 24,
  });
  const shards = emulator.emulator.inspect("s")?.shards ?? [];
  expect(shards.map(({ records }) => records.length)).toEqual([1, 0]);
  await emulator.clock.advance(10);
  expect((await summaryOf(emulator))["StreamStatus"]).toBe("ACTIVE");
});

test("T32: an increase keeps what is still there longer and does not revive what had expired", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await put(emulator, "gone");
  await emulator.clock.advance(2 * HOUR_MS);
  await put(emulator, "kept");
  // Nobody reads or writes in between, so nothing but the increase itself can have noticed the expiry.
  await emulator.clock.advance(23 * HOUR_MS);
  await setRetention(emulator, 48);
  expect(await textsLeft(emulator)).toEqual(["kept"]);
  await emulator.clock.advance(23 * HOUR_MS - 2);
  expect(await textsLeft(emulator)).toEqual(["kept"]);
  await emulator.clock.advance(2 * HOUR_MS + 1);
  expect(await textsLeft(emulator)).toEqual([]);
});

test("T32: a decrease followed by an increase does not bring anything back", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await setRetention(emulator, 72);
  await put(emulator, "x");
  await emulator.clock.advance(50 * HOUR_MS);
  await setRetention(emulator, 48);
  await setRetention(emulator, 72);
  expect(await textsLeft(emulator)).toEqual([]);
});

test("T28: the trim horizon stays covered after an increase, although older shards have expired", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await emulator.clock.advance(HOUR_MS);
  await splitInHalf(emulator, FIRST_SHARD);
  await emulator.clock.advance(DAY_MS + HOUR_MS);
  await setRetention(emulator, 8760);
  const ids = async (Type: string): Promise<string[]> =>
    (await shardsOf(emulator, { ShardFilter: { Type } })).map(({ ShardId }) => ShardId);
  const children = ["shardId-000000000001", "shardId-000000000002"];
  expect(await ids("AT_TRIM_HORIZON")).toEqual(children);
  expect(await ids("FROM_TRIM_HORIZON")).toEqual(children);
});

test("a retention period has its bounds, and a wrong direction names the other operation", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const refused = async (verb: string, hours: number): Promise<string> => {
    const input = { ...name, RetentionPeriodHours: hours };
    const refusal = await emulator.refusal(`${verb}StreamRetentionPeriod`, input);
    expect(refusal.name).toBe("InvalidArgumentException");
    return refusal.reason;
  };
  expect(await refused("Decrease", 23)).toBe(
    "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.",
  );
  expect(await refused("Increase", 8761)).toBe(
    "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long.",
  );
  expect(await refused("Decrease", 48)).toBe(
    "Requested retention period (48 hours) for stream s can not be longer than existing retention period " +
      "(24 hours). Use IncreaseRetentionPeriod API.",
  );
  await setRetention(emulator, 72);
  expect(await refused("Increase", 48)).toBe(
    "Requested retention period (48 hours) for stream s can not be shorter than existing retention period " +
      "(72 hours). Use DecreaseRetentionPeriod API.",
  );
  await emulator.call("IncreaseStreamRetentionPeriod", { ...name, RetentionPeriodHours: 72 });
  await emulator.call("DecreaseStreamRetentionPeriod", { ...name, RetentionPeriodHours: 72 });
  expect((await summaryOf(emulator))["StreamStatus"]).toBe("ACTIVE");
});

test("T31: a stream switches its mode twice within 24 hours and keeps its shards", async () => {
  const emulator = newEmulator({ streams: { s: 3 } });
  const { call, clock, refusal } = emulator;
  const to = (StreamMode: string): object => ({ StreamARN, StreamModeDetails: { StreamMode } });
  await call("UpdateStreamMode", to("ON_DEMAND"));
  expect(await summaryOf(emulator)).toMatchObject({
    StreamStatus: "UPDATING",
    StreamModeDetails: { StreamMode: "PROVISIONED" },
  });
  await clock.advance(1);
  expect(await summaryOf(emulator)).toMatchObject({
    StreamStatus: "ACTIVE",
    StreamModeDetails: { StreamMode: "ON_DEMAND" },
    OpenShardCount: 3,
  });
  const split = { ...name, ShardToSplit: FIRST_SHARD, NewStartingHashKey: "5" };
  expect((await refusal("SplitShard", split)).name).toBe("ValidationException");
  // The present mode asks for nothing and does not count.
  await call("UpdateStreamMode", to("ON_DEMAND"));
  await call("UpdateStreamMode", to("PROVISIONED"));
  await clock.advance(1);
  await call("SplitShard", split);
  await clock.advance(1);
  expect(await refusal("UpdateStreamMode", to("ON_DEMAND"))).toEqual({
    name: "LimitExceededException",
    reason: `Stream s under account ${ACCOUNT} has switched its mode 2 times in the last 24 hours.`,
  });
  await clock.advance(DAY_MS - 4);
  expect((await refusal("UpdateStreamMode", to("ON_DEMAND"))).name).toBe("LimitExceededException");
  await clock.advance(1);
  await call("UpdateStreamMode", to("ON_DEMAND"));
  await clock.advance(1);
});

test("the largest record of a stream can be changed, in effect at the end of UPDATING", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const large = { ...name, PartitionKey: "k", Data: Buffer.alloc(2_000_000) };
  const refused = "InvalidArgumentException";
  await emulator.call("UpdateMaxRecordSize", { StreamARN, MaxRecordSizeInKiB: 2048 });
  expect((await emulator.refusal("PutRecord", large)).name).toBe(refused);
  await emulator.clock.advance(1);
  await emulator.call("PutRecord", large);
  expect((await summaryOf(emulator))["MaxRecordSizeInKiB"]).toBe(2048);
  await emulator.call("UpdateMaxRecordSize", { StreamARN, MaxRecordSizeInKiB: 1024 });
  await emulator.clock.advance(1);
  expect((await emulator.refusal("PutRecord", large)).name).toBe(refused);
  expect((await read(emulator, await iterator(emulator, HORIZON))).Records).toHaveLength(1);
  for (const MaxRecordSizeInKiB of [1023, 10_241]) {
    const input = { StreamARN, MaxRecordSizeInKiB };
    expect((await emulator.refusal("UpdateMaxRecordSize", input)).name).toBe("ValidationException");
  }
});

test("settings are changed only while ACTIVE", async () => {
  const { call, clock, refusal } = newEmulator({
    streams: { s: 1 },
    transitions: { updateMs: 10, deleteMs: 10 },
  });
  const changes: Readonly<Record<string, object>> = {
    UpdateStreamMode: { StreamARN, StreamModeDetails: { StreamMode: "ON_DEMAND" } },
    UpdateMaxRecordSize: { StreamARN, MaxRecordSizeInKiB: 2048 },
    IncreaseStreamRetentionPeriod: { ...name, RetentionPeriodHours: 48 },
    DecreaseStreamRetentionPeriod: { ...name, RetentionPeriodHours: 24 },
    UpdateShardCount: { ...name, TargetShardCount: 2, ScalingType: "UNIFORM_SCALING" },
    DeleteStream: name,
    TagResource: { ResourceARN: StreamARN, Tags: { a: "1" } },
    UntagResource: { ResourceARN: StreamARN, TagKeys: ["a"] },
    RemoveTagsFromStream: { ...name, TagKeys: ["a"] },
  };
  await call("IncreaseStreamRetentionPeriod", { ...name, RetentionPeriodHours: 25 });
  for (const [operation, input] of Object.entries(changes)) {
    expect(await refusal(operation, input), operation).toEqual({
      name: "ResourceInUseException",
      reason: `Stream s under account ${ACCOUNT} not ACTIVE, instead in state UPDATING`,
    });
  }
  await clock.advance(10);
});

test("DescribeLimits tells the quotas, and shards of on-demand streams do not count", async () => {
  const { call, clock, refusal } = newEmulator({ streams: { s: 3, t: 2 } });
  const onDemand = { StreamModeDetails: { StreamMode: "ON_DEMAND" } };
  await call("CreateStream", { StreamName: "d0", ...onDemand });
  await clock.advance(1);
  expect(await call("DescribeLimits", {})).toEqual({
    ShardLimit: 20_000,
    OpenShardCount: 5,
    OnDemandStreamCount: 1,
    OnDemandStreamCountLimit: 50,
    ChannelCount: 0,
    ChannelCountLimit: 0,
  });
  expect(
    await call("DescribeLimits", {}, { accountId: ACCOUNT, region: "eu-west-1" }),
  ).toMatchObject({
    OpenShardCount: 0,
  });
  for (let i = 1; i < 50; i += 1) {
    await call("CreateStream", { StreamName: `d${i}`, ...onDemand });
    await clock.advance(1);
  }
  const full = { name: "LimitExceededException", reason: expect.stringContaining("Limit: 50.") };
  expect(await refusal("CreateStream", { StreamName: "d50", ...onDemand })).toEqual(full);
  expect(await refusal("UpdateStreamMode", { StreamARN, ...onDemand })).toEqual(full);
});
