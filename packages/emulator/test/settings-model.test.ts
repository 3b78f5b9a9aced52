// What a stream and its account are set to after any calls, beside a model of a few lines that knows only the rules.
import { apiFailureOf } from "@shardline/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ACCOUNT, newEmulator, type TestEmulator } from "./support/emulator.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const StreamARN = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`;
const METRICS = ["IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords"] as const;
const ALL = [
  ...METRICS,
  "WriteProvisionedThroughputExceeded",
  "ReadProvisionedThroughputExceeded",
  "IteratorAgeMilliseconds",
];

class Model {
  mode = "PROVISIONED";
  shards = 2;
  keyId: string | undefined;
  metrics: readonly string[] = [];
  warm: number | undefined;
  strategy = "USER_PARTITION_KEY";
  policy: string | undefined;
  hours = 24;
  switchedAtMs: readonly number[] = [];
  startedAtMs: readonly number[] = [];
  stoppedAtMs: readonly number[] = [];
  committedAtMs: number | undefined;
  isLeaving = false;

  isCommittedAt(nowMs: number): boolean {
    if (this.committedAtMs === undefined) return false;
    return !this.isLeaving || nowMs < this.committedAtMs + DAY_MS;
  }

  summary(): object {
    const isOnDemand = this.mode === "ON_DEMAND";
    return {
      StreamStatus: "ACTIVE",
      StreamModeDetails: { StreamMode: this.mode },
      OpenShardCount: this.shards,
      EncryptionType: this.keyId === undefined ? "NONE" : "KMS",
      KeyId: this.keyId,
      EnhancedMonitoring: [{ ShardLevelMetrics: this.metrics }],
      RetentionPeriodHours: this.hours,
      RecordDistributionStrategy: isOnDemand ? this.strategy : undefined,
      WarmThroughput:
        this.warm === undefined ? undefined : { TargetMiBps: this.warm, CurrentMiBps: this.shards },
    };
  }
}

/** One call: its operation and input, and what it does to the model; answers the exception that it meets instead. */
interface Step {
  readonly operation: string;
  readonly input: object;
  readonly apply: (model: Model, nowMs: number) => string | undefined;
}

const lastDay = (times: readonly number[], nowMs: number): number =>
  times.filter((atMs) => atMs > nowMs - DAY_MS).length;
const INVALID = "InvalidArgumentException";
const VALIDATION = "ValidationException";
const LIMIT = "LimitExceededException";
const MISSING = "ResourceNotFoundException";

const starts = fc.constantFrom("alias/a", "alias/b").map(
  (KeyId): Step => ({
    operation: "StartStreamEncryption",
    input: { StreamARN, EncryptionType: "KMS", KeyId },
    apply: (model, nowMs) => {
      if (model.keyId === KeyId) return undefined;
      if (lastDay(model.startedAtMs, nowMs) >= 25) return LIMIT;
      model.startedAtMs = [...model.startedAtMs, nowMs];
      model.keyId = KeyId;
      return undefined;
    },
  }),
);

const stops = fc.constant<Step>({
  operation: "StopStreamEncryption",
  input: { StreamARN, EncryptionType: "KMS", KeyId: "alias/a" },
  apply: (model, nowMs) => {
    if (model.keyId === undefined) return undefined;
    if (lastDay(model.stoppedAtMs, nowMs) >= 25) return LIMIT;
    model.stoppedAtMs = [...model.stoppedAtMs, nowMs];
    model.keyId = undefined;
    return undefined;
  },
});

const monitoring = fc
  .tuple(fc.boolean(), fc.array(fc.constantFrom(...METRICS, "ALL"), { minLength: 1, maxLength: 3 }))
  .map(
    ([enables, ShardLevelMetrics]): Step => ({
      operation: `${enables ? "Enable" : "Disable"}EnhancedMonitoring`,
      input: { StreamARN, ShardLevelMetrics },
      apply: (model) => {
        const named = new Set<string>(ShardLevelMetrics.includes("ALL") ? ALL : ShardLevelMetrics);
        model.metrics = ALL.filter((metric) =>
          named.has(metric) ? enables : model.metrics.includes(metric),
        );
        return undefined;
      },
    }),
  );

const modes = fc
  .tuple(
    fc.constantFrom("ON_DEMAND", "PROVISIONED"),
    fc.constantFrom<number | undefined>(undefined, 3, 6),
  )
  .map(
    ([StreamMode, miBps]): Step => ({
      operation: "UpdateStreamMode",
      input: { StreamARN, StreamModeDetails: { StreamMode }, WarmThroughputMiBps: miBps },
      apply: (model, nowMs) => {
        const isSwitch = model.mode !== StreamMode;
        const isWarmable = StreamMode === "ON_DEMAND" && model.isCommittedAt(nowMs) && isSwitch;
        if (miBps !== undefined && !isWarmable) return VALIDATION;
        if (!isSwitch) return undefined;
        if (lastDay(model.switchedAtMs, nowMs) >= 2) return LIMIT;
        model.switchedAtMs = [...model.switchedAtMs, nowMs];
        model.mode = StreamMode;
        model.warm = miBps;
        model.shards = Math.max(model.shards, miBps ?? 0);
        model.strategy = "USER_PARTITION_KEY";
        return undefined;
      },
    }),
  );

const warmths = fc.constantFrom(0, 5, 9, 10_241).map(
  (miBps): Step => ({
    operation: "UpdateStreamWarmThroughput",
    input: { StreamARN, WarmThroughputMiBps: miBps },
    apply: (model, nowMs) => {
      if (model.mode !== "ON_DEMAND" || !model.isCommittedAt(nowMs)) return VALIDATION;
      if (miBps > 10_240) return LIMIT;
      model.warm = miBps;
      model.shards = Math.max(model.shards, miBps);
      return undefined;
    },
  }),
);

const strategies = fc.constantFrom("AUTO", "USER_PARTITION_KEY").map(
  (strategy): Step => ({
    operation: "UpdateStreamRecordDistributionStrategy",
    input: { StreamARN, RecordDistributionStrategy: strategy },
    apply: (model) => {
      if (model.mode !== "ON_DEMAND") return INVALID;
      model.strategy = strategy;
      return undefined;
    },
  }),
);

const commitments = fc.constantFrom("ENABLED", "DISABLED").map(
  (Status): Step => ({
    operation: "UpdateAccountSettings",
    input: { MinimumThroughputBillingCommitment: { Status } },
    apply: (model, nowMs) => {
      const isCommitted = model.isCommittedAt(nowMs);
      if (Status === "ENABLED" && !isCommitted) model.committedAtMs = nowMs;
      if (Status === "ENABLED" || isCommitted) model.isLeaving = Status === "DISABLED";
      return undefined;
    },
  }),
);

const policies = fc.constantFrom('{"a":1}', "{}", "[]").map(
  (Policy): Step => ({
    operation: "PutResourcePolicy",
    input: { ResourceARN: StreamARN, Policy },
    apply: (model) => {
      if (Policy === "[]") return INVALID;
      model.policy = Policy;
      return undefined;
    },
  }),
);

const deletions = fc.constant<Step>({
  operation: "DeleteResourcePolicy",
  input: { ResourceARN: StreamARN },
  apply: (model) => {
    if (model.policy === undefined) return MISSING;
    model.policy = undefined;
    return undefined;
  },
});

const retentions = fc.constantFrom(24, 48, 72).map(
  (hours): Step => ({
    operation: "IncreaseStreamRetentionPeriod",
    input: { StreamARN, RetentionPeriodHours: hours },
    apply: (model) => {
      if (hours < model.hours) return INVALID;
      model.hours = hours;
      return undefined;
    },
  }),
);

const steps = fc.oneof(
  starts,
  stops,
  monitoring,
  modes,
  warmths,
  strategies,
  commitments,
  policies,
  deletions,
  retentions,
);
const pauses = fc.constantFrom(1, 1, 1, HOUR_MS, 13 * HOUR_MS);

async function outcomeOf({ call }: TestEmulator, step: Step): Promise<string | undefined> {
  try {
    await call(step.operation, step.input);
    return undefined;
  } catch (error) {
    return apiFailureOf(error)?.awsName ?? String(error);
  }
}

async function expectAsIn({ call, clock, refusal }: TestEmulator, model: Model): Promise<void> {
  type Output = { StreamDescriptionSummary: object };
  const { StreamDescriptionSummary } = await call<Output>("DescribeStreamSummary", { StreamARN });
  const known = Object.keys(model.summary());
  const told = Object.entries(StreamDescriptionSummary).filter(([name]) => known.includes(name));
  expect(Object.fromEntries(told)).toEqual(model.summary());
  const ResourceARN = StreamARN;
  if (model.policy === undefined) {
    expect((await refusal("GetResourcePolicy", { ResourceARN })).name).toBe(MISSING);
  } else {
    const { policy: Policy } = model;
    expect(await call("GetResourcePolicy", { ResourceARN })).toEqual({ Policy });
  }
  const settings = await call<Record<string, { Status: string }>>("DescribeAccountSettings", {});
  const leaving = model.isLeaving ? "ENABLED_UNTIL_EARLIEST_ALLOWED_END" : "ENABLED";
  const status = model.isCommittedAt(clock.wallTimeMs()) ? leaving : "DISABLED";
  expect(settings["MinimumThroughputBillingCommitment"]?.Status).toBe(status);
}

test("after any calls that set something, what is told is what the rules make of them", async () => {
  const calls = fc.array(fc.tuple(steps, pauses), { minLength: 1, maxLength: 80, size: "max" });
  await fc.assert(
    fc.asyncProperty(calls, async (sequence) => {
      const emulator = newEmulator({ streams: { s: 2 } });
      const model = new Model();
      for (const [step, pauseMs] of sequence) {
        const expected = step.apply(model, emulator.clock.wallTimeMs());
        expect(await outcomeOf(emulator, step), step.operation).toBe(expected);
        await emulator.clock.advance(pauseMs);
        await expectAsIn(emulator, model);
      }
    }),
    { numRuns: 100 },
  );
});
