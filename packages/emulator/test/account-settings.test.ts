import { expect, test } from "vitest";
import { ACCOUNT, newEmulator, type TestEmulator } from "./support/emulator.ts";
import { put, shardsOf } from "./support/records.ts";

const DAY_MS = 24 * 3_600_000;
const StreamARN = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`;
const ON_DEMAND = { StreamModeDetails: { StreamMode: "ON_DEMAND" } };

function ask({ call }: TestEmulator, Status: "ENABLED" | "DISABLED"): Promise<unknown> {
  return call("UpdateAccountSettings", { MinimumThroughputBillingCommitment: { Status } });
}

async function commitmentOf({ call }: TestEmulator): Promise<unknown> {
  const output = await call<Record<string, unknown>>("DescribeAccountSettings", {});
  return output["MinimumThroughputBillingCommitment"];
}

async function summaryOf({ call }: TestEmulator): Promise<Readonly<Record<string, unknown>>> {
  type Output = { StreamDescriptionSummary: Readonly<Record<string, unknown>> };
  const output = await call<Output>("DescribeStreamSummary", { StreamARN });
  return output.StreamDescriptionSummary;
}

/** An account that is committed, with a stream on demand. */
async function committed(): Promise<TestEmulator> {
  const streams = { s: { shards: 4, distribution: "USER_PARTITION_KEY" } } as const;
  const emulator = newEmulator({ streams });
  await ask(emulator, "ENABLED");
  return emulator;
}

test("an account is not committed until it asks to be, in each region for itself", async () => {
  const emulator = newEmulator();
  expect(await commitmentOf(emulator)).toEqual({ Status: "DISABLED" });
  const StartedAt = emulator.clock.wallTimeMs() / 1000;
  const enabled = { Status: "ENABLED", StartedAt, EarliestAllowedEndAt: StartedAt + 86_400 };
  expect(await ask(emulator, "ENABLED")).toEqual({ MinimumThroughputBillingCommitment: enabled });
  await emulator.clock.advance(1000);
  await ask(emulator, "ENABLED");
  expect(await commitmentOf(emulator)).toEqual(enabled);
  const elsewhere = { accountId: ACCOUNT, region: "eu-west-1" };
  expect(await emulator.call("DescribeAccountSettings", {}, elsewhere)).toEqual({
    MinimumThroughputBillingCommitment: { Status: "DISABLED" },
  });
});

test("a commitment that is ended within a day ends when the day is over", async () => {
  const emulator = newEmulator();
  const StartedAt = emulator.clock.wallTimeMs() / 1000;
  await ask(emulator, "ENABLED");
  await emulator.clock.advance(1000);
  const leaving = {
    Status: "ENABLED_UNTIL_EARLIEST_ALLOWED_END",
    StartedAt,
    EarliestAllowedEndAt: StartedAt + 86_400,
  };
  expect(await ask(emulator, "DISABLED")).toEqual({ MinimumThroughputBillingCommitment: leaving });
  await emulator.clock.advance(DAY_MS - 1001);
  expect(await commitmentOf(emulator)).toEqual(leaving);
  await emulator.clock.advance(1);
  const ended = { Status: "DISABLED", StartedAt, EndedAt: StartedAt + 86_400 };
  expect(await commitmentOf(emulator)).toEqual(ended);
  await ask(emulator, "DISABLED");
  expect(await commitmentOf(emulator)).toEqual(ended);
  await ask(emulator, "ENABLED");
  expect(await commitmentOf(emulator)).toMatchObject({ StartedAt: StartedAt + 86_400 });
});

test("who asks for a commitment again before its end keeps it, and after a day it ends at once", async () => {
  const emulator = newEmulator();
  const StartedAt = emulator.clock.wallTimeMs() / 1000;
  await ask(emulator, "ENABLED");
  await ask(emulator, "DISABLED");
  await ask(emulator, "ENABLED");
  await emulator.clock.advance(2 * DAY_MS);
  expect(await commitmentOf(emulator)).toMatchObject({ Status: "ENABLED", StartedAt });
  await ask(emulator, "DISABLED");
  const EndedAt = StartedAt + 2 * 86_400;
  expect(await commitmentOf(emulator)).toEqual({ Status: "DISABLED", StartedAt, EndedAt });
});

test.each([
  {},
  { MinimumThroughputBillingCommitment: {} },
  { MinimumThroughputBillingCommitment: { Status: "ENABLED_UNTIL_EARLIEST_ALLOWED_END" } },
])("%j asks for nothing that an account can be told", async (input) => {
  const { refusal } = newEmulator();
  expect((await refusal("UpdateAccountSettings", input)).name).toBe("ValidationException");
});

test("a stream is warmed up to a shard for each MiB per second, through UPDATING", async () => {
  const emulator = await committed();
  const { call, clock } = emulator;
  expect(await summaryOf(emulator)).not.toHaveProperty("WarmThroughput");
  const cold = { TargetMiBps: 10, CurrentMiBps: 4 };
  expect(await call("UpdateStreamWarmThroughput", { StreamARN, WarmThroughputMiBps: 10 })).toEqual({
    StreamName: "s",
    StreamARN,
    WarmThroughput: cold,
  });
  expect(await summaryOf(emulator)).toMatchObject({
    StreamStatus: "UPDATING",
    WarmThroughput: cold,
  });
  await put(emulator, "x");
  await clock.advance(1);
  const warm = { TargetMiBps: 10, CurrentMiBps: 10 };
  expect(await summaryOf(emulator)).toMatchObject({
    StreamStatus: "ACTIVE",
    OpenShardCount: 10,
    WarmThroughput: warm,
  });
  const latest = await shardsOf(emulator, { ShardFilter: { Type: "AT_LATEST" } });
  const tenth = 2n ** 128n / 10n;
  expect(
    latest.map((shard) => BigInt(shard.HashKeyRange.StartingHashKey)).toSorted(byValue),
  ).toEqual(Array.from({ length: 10 }, (_, i) => tenth * BigInt(i)));
  await call("UpdateStreamWarmThroughput", { StreamName: "s", WarmThroughputMiBps: 2 });
  await clock.advance(1);
  expect(await summaryOf(emulator)).toMatchObject({
    OpenShardCount: 10,
    WarmThroughput: { TargetMiBps: 2, CurrentMiBps: 10 },
  });
});

test("a stream is created warm, and one that becomes on demand can be warmed up with it", async () => {
  const emulator = newEmulator();
  const { call, clock } = emulator;
  await ask(emulator, "ENABLED");
  await call("CreateStream", { StreamName: "s", ...ON_DEMAND, WarmThroughputMiBps: 6 });
  await clock.advance(1);
  const warm = { OpenShardCount: 6, WarmThroughput: { TargetMiBps: 6, CurrentMiBps: 6 } };
  expect(await summaryOf(emulator)).toMatchObject(warm);
  await call("UpdateStreamMode", { StreamARN, StreamModeDetails: { StreamMode: "PROVISIONED" } });
  await clock.advance(1);
  expect(await summaryOf(emulator)).not.toHaveProperty("WarmThroughput");
  await call("UpdateStreamMode", { StreamARN, ...ON_DEMAND, WarmThroughputMiBps: 8 });
  await clock.advance(1);
  expect(await summaryOf(emulator)).toMatchObject({
    StreamModeDetails: { StreamMode: "ON_DEMAND" },
    OpenShardCount: 8,
    WarmThroughput: { TargetMiBps: 8, CurrentMiBps: 8 },
  });
  const again = { StreamARN, ...ON_DEMAND, WarmThroughputMiBps: 9 };
  const refused = await emulator.refusal("UpdateStreamMode", again);
  expect(refused.name).toBe("ValidationException");
  await call("CreateStream", { StreamName: "t", ...ON_DEMAND, WarmThroughputMiBps: 1 });
  await clock.advance(1);
  expect(emulator.emulator.shards("t")).toHaveLength(4);
});

test("warm throughput is refused to streams that are not on demand, and to accounts that are not committed", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const { call, clock, refusal } = emulator;
  const warm = { WarmThroughputMiBps: 5 };
  const provisioned = { StreamARN, StreamModeDetails: { StreamMode: "PROVISIONED" } };
  const refused = async (operation: string, input: object, reason: string): Promise<void> => {
    const name = "ValidationException";
    expect(await refusal(operation, { ...input, ...warm })).toEqual({ name, reason });
  };
  const notOnDemand = "WarmThroughputMiBps is for a stream in On-Demand mode only.";
  const notCommitted =
    "WarmThroughputMiBps is for an account with MinimumThroughputBillingCommitment enabled only.";
  await refused("UpdateStreamWarmThroughput", { StreamARN }, notOnDemand);
  await refused("CreateStream", { StreamName: "t", ShardCount: 1 }, notOnDemand);
  await refused("UpdateStreamMode", provisioned, notOnDemand);
  await refused("CreateStream", { StreamName: "t", ...ON_DEMAND }, notCommitted);
  await refused("UpdateStreamMode", { StreamARN, ...ON_DEMAND }, notCommitted);
  await call("UpdateStreamMode", { StreamARN, ...ON_DEMAND });
  await clock.advance(1);
  await refused("UpdateStreamWarmThroughput", { StreamARN }, notCommitted);
  await ask(emulator, "ENABLED");
  await ask(emulator, "DISABLED");
  await clock.advance(DAY_MS);
  await refused("UpdateStreamWarmThroughput", { StreamARN }, notCommitted);
});

test("warm throughput has its limit and needs a stream that is ACTIVE", async () => {
  const { call, clock, refusal } = await committed();
  const operation = "UpdateStreamWarmThroughput";
  const refused = async (WarmThroughputMiBps: number): Promise<string> =>
    (await refusal(operation, { StreamARN, WarmThroughputMiBps })).name;
  expect(await refused(10_241)).toBe("LimitExceededException");
  expect(await refused(-1)).toBe("ValidationException");
  expect((await refusal(operation, { StreamARN })).name).toBe("ValidationException");
  await call(operation, { StreamARN, WarmThroughputMiBps: 5 });
  expect(await refused(5)).toBe("ResourceInUseException");
  await clock.advance(1);
});

test("streams on demand of a committed account have 50 consumers, others 20", async () => {
  const emulator = await committed();
  const { call, clock, refusal } = emulator;
  const register = (i: number): Promise<unknown> =>
    call("RegisterStreamConsumer", { StreamARN, ConsumerName: `c${i}` });
  for (let i = 0; i < 50; i += 1) {
    await register(i);
    await clock.advance(1);
  }
  const next = { StreamARN, ConsumerName: "next" };
  const full = (limit: number) => ({
    name: "LimitExceededException",
    reason: expect.stringContaining(`Limit: ${limit}.`) as string,
  });
  expect(await refusal("RegisterStreamConsumer", next)).toEqual(full(50));
  await ask(emulator, "DISABLED");
  await clock.advance(DAY_MS);
  expect(await refusal("RegisterStreamConsumer", next)).toEqual(full(20));
});

test("UpdateStreamWarmThroughput is taken 5 times per second", async () => {
  const streams = { s: { shards: 4, distribution: "AUTO" } } as const;
  const transitions = { updateMs: 0 };
  const emulator = newEmulator({ streams, limits: "aws", transitions });
  const { call, refusal, clock } = emulator;
  await ask(emulator, "ENABLED");
  const warm = { StreamARN, WarmThroughputMiBps: 4 };
  for (let i = 0; i < 5; i += 1) {
    await call("UpdateStreamWarmThroughput", warm);
    await clock.advance(0);
  }
  expect(await refusal("UpdateStreamWarmThroughput", warm)).toEqual({
    name: "LimitExceededException",
    reason: `Rate exceeded for stream s under account ${ACCOUNT}.`,
  });
  await clock.advance(200);
  await call("UpdateStreamWarmThroughput", warm);
  await clock.advance(0);
});

function byValue(a: bigint, b: bigint): number {
  return a < b ? -1 : 1;
}
