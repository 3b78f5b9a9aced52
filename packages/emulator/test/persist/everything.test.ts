// A stream on which everything is set that can be, and an account with it: all of that is there again, however the
// emulator came to its end.
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RunningEmulator } from "@shardline/emulator";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentOf, type Kept, newFolder, newKept, putTexts } from "../support/kept.ts";

const StreamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
const POLICY = JSON.stringify({ Version: "2012-10-17", Statement: [] });

type Next = (kept: Kept, running: RunningEmulator) => Promise<RunningEmulator>;

/** How an emulator ends and another one goes on. */
const WAYS: Readonly<Record<string, Next>> = {
  "a restart": async (kept, running) => {
    await running.close();
    return kept.start();
  },
  // What a process that is killed leaves behind is what the system has of its files.
  "a kill": (kept) => {
    const folder = newFolder();
    cpSync(kept.folder, folder, { recursive: true });
    rmSync(join(folder, "lock"));
    return kept.start({ persist: folder });
  },
  "a snapshot": async (kept, running) => {
    const snapshot = running.snapshot();
    const other = await kept.start({ persist: newFolder(), streams: { other: 1 } });
    await other.restore(snapshot);
    return other;
  },
};

interface Setup {
  readonly kept: Kept;
  readonly emulator: RunningEmulator;
  /** Makes a call and waits until nothing is under way. */
  readonly settle: (operation: string, input: object) => Promise<unknown>;
}

async function started(): Promise<Setup & AsyncDisposable> {
  const kept = newKept();
  const emulator = await kept.start();
  const settle: Setup["settle"] = async (operation, input) => {
    const answer = await emulator.call(operation, input);
    await kept.clock.advance(1);
    return answer;
  };
  return { kept, emulator, settle, [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}

function commit(Status: "ENABLED" | "DISABLED"): object {
  return { MinimumThroughputBillingCommitment: { Status } };
}

function encryption(KeyId: string): object {
  return { StreamARN, EncryptionType: "KMS", KeyId };
}

/** Every record of the stream, as it was read: whether encrypted, by its text. */
async function encryptionOf(emulator: RunningEmulator): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {};
  for (const { shardId: ShardId } of emulator.inspect("s")?.shards ?? []) {
    const { ShardIterator } = (await emulator.call("GetShardIterator", {
      StreamARN,
      ShardId,
      ShardIteratorType: "TRIM_HORIZON",
    })) as { ShardIterator: string };
    const { Records } = (await emulator.call("GetRecords", { ShardIterator })) as {
      Records: { PartitionKey: string; EncryptionType?: string }[];
    };
    for (const { PartitionKey, EncryptionType } of Records) seen[PartitionKey] = EncryptionType;
  }
  return seen;
}

/** All that the API tells of the stream, its consumers and the account. */
async function allOf(emulator: RunningEmulator): Promise<unknown[]> {
  const { Consumers = [] } = (await emulator.call("ListStreamConsumers", { StreamARN })) as {
    Consumers?: { ConsumerARN: string }[];
  };
  const arns = [StreamARN, ...Consumers.map(({ ConsumerARN }) => ConsumerARN)];
  const answers = [
    emulator.call("DescribeAccountSettings", {}),
    emulator.call("DescribeStreamSummary", { StreamARN }),
    emulator.call("DescribeStream", { StreamARN }),
    ...arns.flatMap((ResourceARN) => [
      emulator.call("ListTagsForResource", { ResourceARN }),
      emulator.call("GetResourcePolicy", { ResourceARN }).catch(String),
    ]),
  ];
  const told = await Promise.all(answers);
  return [...told, Consumers, contentOf(emulator), await encryptionOf(emulator)];
}

async function setEverything({ emulator, settle }: Setup): Promise<void> {
  await settle("UpdateAccountSettings", commit("ENABLED"));
  await settle("CreateStream", {
    StreamName: "s",
    StreamModeDetails: { StreamMode: "ON_DEMAND" },
    MaxRecordSizeInKiB: 2048,
    RecordDistributionStrategy: "AUTO",
    WarmThroughputMiBps: 6,
    Tags: { team: "red" },
  });
  await settle("IncreaseStreamRetentionPeriod", { StreamARN, RetentionPeriodHours: 48 });
  const ShardLevelMetrics = ["IncomingBytes", "IteratorAgeMilliseconds"];
  await settle("EnableEnhancedMonitoring", { StreamARN, ShardLevelMetrics });
  await putTexts(emulator, ["plain", "plain too"]);
  await settle("StartStreamEncryption", encryption("alias/a"));
  await putTexts(emulator, ["secret", "secret too"]);
  await settle("StopStreamEncryption", encryption("alias/a"));
  await putTexts(emulator, ["plain again"]);
  await settle("StartStreamEncryption", encryption("alias/b"));
  await putTexts(emulator, ["secret again"]);
  const { Consumer } = (await settle("RegisterStreamConsumer", {
    StreamARN,
    ConsumerName: "c",
    Tags: { of: "consumer" },
  })) as { Consumer: { ConsumerARN: string } };
  for (const ResourceARN of [StreamARN, Consumer.ConsumerARN]) {
    await settle("PutResourcePolicy", { ResourceARN, Policy: POLICY });
  }
}

describe.each(Object.entries(WAYS))("after %s", (_, next) => {
  test("a stream with everything set has all of it, and so has its account", async () => {
    await using setup = await started();
    await setEverything(setup);
    const before = await allOf(setup.emulator);
    expect(before.slice(0, 2)).toMatchObject([
      { MinimumThroughputBillingCommitment: { Status: "ENABLED" } },
      { StreamDescriptionSummary: { EncryptionType: "KMS", KeyId: "alias/b" } },
    ]);
    const after = await next(setup.kept, setup.emulator);
    expect(await allOf(after)).toEqual(before);
    await putTexts(after, ["secret at last"]);
    expect(await encryptionOf(after)).toMatchObject({
      "plain too": undefined,
      "secret too": "KMS",
      "plain again": undefined,
      "secret again": "KMS",
      "secret at last": "KMS",
    });
  });

  test("encryption that was under way begins all the same, with the next record", async () => {
    await using setup = await started();
    const { kept, emulator, settle } = setup;
    await settle("CreateStream", { StreamName: "s", ShardCount: 1 });
    await putTexts(emulator, ["before"]);
    await emulator.call("StartStreamEncryption", encryption("alias/a"));
    const after = await next(kept, emulator);
    await putTexts(after, ["meanwhile"]);
    await kept.clock.advance(1);
    await putTexts(after, ["later"]);
    const seen = { before: undefined, meanwhile: undefined, later: "KMS" };
    expect(await encryptionOf(after)).toEqual(seen);
  });

  test("a stream that was being warmed up gets its shards", async () => {
    await using setup = await started();
    const { kept, emulator, settle } = setup;
    await settle("UpdateAccountSettings", commit("ENABLED"));
    await settle("CreateStream", { StreamName: "s", ShardCount: 1 });
    const StreamModeDetails = { StreamMode: "ON_DEMAND" };
    const warm = { StreamARN, StreamModeDetails, WarmThroughputMiBps: 3 };
    await emulator.call("UpdateStreamMode", warm);
    const after = await next(kept, emulator);
    await kept.clock.advance(1);
    const described = await after.call("DescribeStreamSummary", { StreamARN });
    const WarmThroughput = { TargetMiBps: 3, CurrentMiBps: 3 };
    expect(described).toMatchObject({
      StreamDescriptionSummary: { StreamModeDetails, WarmThroughput },
    });
  });

  test("a stream that was being provisioned has no warm throughput any more", async () => {
    await using setup = await started();
    const { kept, emulator } = setup;
    await setEverything(setup);
    const StreamModeDetails = { StreamMode: "PROVISIONED" };
    await emulator.call("UpdateStreamMode", { StreamARN, StreamModeDetails });
    const after = await next(kept, emulator);
    await kept.clock.advance(1);
    const { StreamDescriptionSummary: summary } = (await after.call("DescribeStreamSummary", {
      StreamARN,
    })) as { StreamDescriptionSummary: object };
    expect(summary).toMatchObject({ StreamModeDetails });
    expect(summary).not.toHaveProperty("WarmThroughput");
  });

  test("what limits have counted is forgotten", async () => {
    await using setup = await started();
    const { kept, emulator, settle } = setup;
    await settle("CreateStream", { StreamName: "s", ShardCount: 1 });
    const starts = async (of: RunningEmulator, times: number): Promise<void> => {
      for (let i = 0; i < times; i += 1) {
        await of.call("StartStreamEncryption", encryption(`alias/${i}`));
        await kept.clock.advance(1);
      }
    };
    await starts(emulator, 25);
    await expect(starts(emulator, 1)).rejects.toThrow(/LimitExceeded/);
    await starts(await next(kept, emulator), 1);
  });
});

test("a reset ends the commitment of an account, and a restore brings back the one that was", async () => {
  await using setup = await started();
  const { emulator, settle } = setup;
  const without = emulator.snapshot();
  await settle("UpdateAccountSettings", commit("ENABLED"));
  const statusOf = async (): Promise<unknown> => emulator.call("DescribeAccountSettings", {});
  const enabled = await statusOf();
  const having = emulator.snapshot();
  await emulator.restore(without);
  const never = { MinimumThroughputBillingCommitment: { Status: "DISABLED" } };
  expect(await statusOf()).toEqual(never);
  await emulator.restore(having);
  expect(await statusOf()).toEqual(enabled);
  await emulator.reset();
  expect(await statusOf()).toEqual(never);
});

/** A call, or so many milliseconds to wait. */
type Step = readonly [operation: string, input: object] | number;

test("after any calls, and at any moment, all is there again", async () => {
  const policy = fc.constantFrom(
    ["PutResourcePolicy", { ResourceARN: StreamARN, Policy: POLICY }] as const,
    ["DeleteResourcePolicy", { ResourceARN: StreamARN }] as const,
  );
  const metrics = fc
    .tuple(
      fc.constantFrom("EnableEnhancedMonitoring", "DisableEnhancedMonitoring"),
      fc.constantFrom("ALL", "IncomingBytes", "OutgoingBytes"),
    )
    .map(([name, metric]) => [name, { StreamARN, ShardLevelMetrics: [metric] }] as const);
  const encrypt = fc
    .tuple(
      fc.constantFrom("StartStreamEncryption", "StopStreamEncryption"),
      fc.constantFrom("alias/a", "alias/b"),
    )
    .map(([name, key]) => [name, encryption(key)] as const);
  const account = fc
    .constantFrom("ENABLED" as const, "DISABLED" as const)
    .map((status) => ["UpdateAccountSettings", commit(status)] as const);
  const mode = fc
    .tuple(fc.constantFrom("PROVISIONED", "ON_DEMAND"), fc.option(fc.nat({ max: 8 })))
    .map(([StreamMode, warm]) => {
      const input = { StreamARN, StreamModeDetails: { StreamMode } };
      return [
        "UpdateStreamMode",
        { ...input, ...(warm && { WarmThroughputMiBps: warm }) },
      ] as const;
    });
  const scale = fc.integer({ min: 1, max: 6 }).map((TargetShardCount) => {
    const input = { StreamARN, TargetShardCount, ScalingType: "UNIFORM_SCALING" };
    return ["UpdateShardCount", input] as const;
  });
  const tag = fc.constantFrom("a", "b").map((value) => {
    return ["TagResource", { ResourceARN: StreamARN, Tags: { value } }] as const;
  });
  const put = fc.string({ minLength: 1, maxLength: 5 }).map((PartitionKey) => {
    return ["PutRecord", { StreamARN, PartitionKey, Data: "" }] as const;
  });
  const wait = fc.integer({ min: 1, max: 3 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    policy,
    metrics,
    encrypt,
    account,
    mode,
    scale,
    tag,
    put,
    wait,
    wait,
  );
  const way = fc.constantFrom(...Object.values(WAYS));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), way, async (steps, next) => {
      await using setup = await started();
      const { kept, emulator, settle } = setup;
      await settle("CreateStream", { StreamName: "s", ShardCount: 2 });
      for (const taken of steps) {
        if (typeof taken === "number") await kept.clock.advance(taken);
        else await emulator.call(...taken).catch(() => {});
      }
      const before = await allOf(emulator);
      const after = await next(kept, emulator);
      expect(await allOf(after)).toEqual(before);
      await kept.clock.advance(1);
      if (next !== WAYS["a restart"]) expect(await allOf(after)).toEqual(await allOf(emulator));
    }),
    { numRuns: 40 },
  );
}, 60_000);
