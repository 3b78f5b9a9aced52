// Where several things are wrong with a call, the one that the service looks at first is told: types, constraints,
// the resource, its state, the meaning of what is asked, the account's quotas, throughput.
import { expect, test } from "vitest";
import { ACCOUNT, newEmulator, type TestEmulator } from "./support/emulator.ts";
import { FIRST_SHARD } from "./support/records.ts";

const name = { StreamName: "s" };
const MISSING = "shardId-000000000099";
const StreamARN = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`;
const AUTO = { RecordDistributionStrategy: "AUTO" };
const BAD_KEY = `${2n ** 128n}`;

async function updating(): Promise<TestEmulator> {
  const emulator = newEmulator({ streams: { s: 2 }, transitions: { updateMs: 0 } });
  await emulator.call("UpdateShardCount", {
    ...name,
    TargetShardCount: 4,
    ScalingType: "UNIFORM_SCALING",
  });
  return emulator;
}

async function creating(): Promise<TestEmulator> {
  const emulator = newEmulator({ transitions: { createMs: 0 } });
  for (const StreamName of ["s", "a", "b", "c", "d"]) {
    await emulator.call("CreateStream", { StreamName, ShardCount: 1 });
  }
  return emulator;
}

async function onDemand(): Promise<TestEmulator> {
  const emulator = newEmulator({ transitions: { createMs: 0 } });
  await emulator.call("CreateStream", { ...name, StreamModeDetails: { StreamMode: "ON_DEMAND" } });
  await emulator.clock.advance(0);
  return emulator;
}

type Setting = () => Promise<TestEmulator>;
const CASES: readonly (readonly [string, Setting, string, object, string])[] = [
  [
    "a wrong type before a broken constraint",
    updating,
    "PutRecord",
    { StreamName: "a b", PartitionKey: 1, Data: "" },
    "SerializationException",
  ],
  [
    "a broken constraint before a missing stream",
    updating,
    "PutRecord",
    { StreamName: "none", PartitionKey: "", Data: "" },
    "ValidationException",
  ],
  [
    "a missing stream before a wrong argument",
    updating,
    "PutRecord",
    { StreamName: "none", PartitionKey: "k", Data: "", ExplicitHashKey: BAD_KEY },
    "ResourceNotFoundException",
  ],
  [
    "a missing shard before the stream's state",
    updating,
    "SplitShard",
    { ...name, ShardToSplit: MISSING, NewStartingHashKey: "0" },
    "ResourceNotFoundException",
  ],
  [
    "a missing shard of a merge before the stream's state",
    updating,
    "MergeShards",
    { ...name, ShardToMerge: FIRST_SHARD, AdjacentShardToMerge: MISSING },
    "ResourceNotFoundException",
  ],
  [
    "the stream's state before a wrong argument of a split",
    updating,
    "SplitShard",
    { ...name, ShardToSplit: FIRST_SHARD, NewStartingHashKey: "0" },
    "ResourceInUseException",
  ],
  [
    "the stream's state before a wrong argument of a merge",
    updating,
    "MergeShards",
    { ...name, ShardToMerge: FIRST_SHARD, AdjacentShardToMerge: FIRST_SHARD },
    "ResourceInUseException",
  ],
  [
    "the stream's state before an impossible period",
    updating,
    "IncreaseStreamRetentionPeriod",
    { ...name, RetentionPeriodHours: 9999 },
    "ResourceInUseException",
  ],
  [
    "the stream's state before foreign characters in tags",
    updating,
    "TagResource",
    { ResourceARN: StreamARN, Tags: { "%": "" } },
    "ResourceInUseException",
  ],
  [
    "the stream's state before an incomplete filter",
    creating,
    "ListShards",
    { ...name, ShardFilter: { Type: "AFTER_SHARD_ID" } },
    "ResourceInUseException",
  ],
  [
    "a name that is taken before a wrong argument",
    creating,
    "CreateStream",
    { ...name, ShardCount: 1, ...AUTO },
    "ResourceInUseException",
  ],
  [
    "a wrong argument before the account's quotas",
    creating,
    "CreateStream",
    { StreamName: "e", ShardCount: 1, Tags: { "%": "" } },
    "InvalidArgumentException",
  ],
  [
    "a missing number of shards before a name that is taken",
    creating,
    "CreateStream",
    name,
    "ValidationException",
  ],
  [
    "the stream's mode before a wrong argument",
    onDemand,
    "SplitShard",
    { ...name, ShardToSplit: FIRST_SHARD, NewStartingHashKey: "0" },
    "ValidationException",
  ],
];

test.each(CASES)("%s is told first", async (_, setting, operation, input, expected) => {
  const { refusal, clock } = await setting();
  expect((await refusal(operation, input)).name).toBe(expected);
  await clock.advance(0);
});

test("a wrong argument is told before throughput, and a rehearsal before both takes nothing", async () => {
  const { call, refusal } = newEmulator({
    streams: { s: 1 },
    limits: { writeRecordsPerSecond: 1 },
  });
  const record = { ...name, PartitionKey: "k", Data: "" };
  const wrong = { ...record, ExplicitHashKey: BAD_KEY };
  expect((await refusal("PutRecord", wrong)).name).toBe("InvalidArgumentException");
  expect((await refusal("PutRecord", { ...record, DryRun: true })).name).toBe(
    "DryRunOperationException",
  );
  await call("PutRecord", record);
  expect((await refusal("PutRecord", wrong)).name).toBe("InvalidArgumentException");
  expect((await refusal("PutRecord", record)).name).toBe("ProvisionedThroughputExceededException");
});
