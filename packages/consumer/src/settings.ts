// What a consumer's options come to: each checked, every default in place.
import { getHeapStatistics } from "node:v8";
import { type KinesisSource, kinesisSource } from "@shardline/aws";
import {
  type Check,
  type Clock,
  group,
  integer,
  type Logger,
  matching,
  oneOf,
  optional,
  parsed,
  parseStreamRef,
  processName,
  type Random,
  required,
  resolveOptions,
  type StreamRef,
  systemClock,
  systemRandom,
  withDefault,
  withMethods,
  wrong,
} from "@shardline/core";
import { type BatchOptions, batchOptions } from "./batch-options.ts";
import type { BatchHandler } from "./batch/handler.ts";
import { batchHandlerOf, type RecordHandler } from "./batch/record-handler.ts";
import { type FailureSettings, failureSettings } from "./failure-settings.ts";
import type { RecordOrdering } from "./lane-options.ts";
import { laneProblem, MAX_CONCURRENCY, windowLimits } from "./lane-settings.ts";
import type { WindowLimits } from "./lanes/window.ts";
import type { DynamoDbSource } from "./lease/dynamodb-call.ts";
import type { LeaseAssignment } from "./lease/lease-plan.ts";
import type { LeaseTable } from "./lease/lease-table.ts";
import {
  type LeaseTableOptions,
  TABLE_DEFAULTS,
  type TableBilling,
} from "./lease/lease-table-options.ts";
import type { ConsumerOptions, LeaseOptions, PrefetchOptions } from "./options.ts";
import {
  type CheckedRead,
  consumerChoiceProblems,
  readOptions,
  type ReadSettings,
} from "./read-settings.ts";
import type { ShardHooks } from "./shard/shard-hooks.ts";
import type { StartPosition } from "./shard/start-position.ts";
import { startAt } from "./start-at.ts";
import { noStream, type StreamsSettings, streamsOption } from "./stream/stream-settings.ts";
import { type SyncOptions, syncOptions } from "./sync-options.ts";

/** Which streams a consumer of many reads; without what it reads them with, because this is told and logged. */
export interface StreamsSummary extends Omit<StreamsSettings, "list"> {
  /** What they are called; `undefined` where a function answers them. */
  readonly labels: readonly string[] | undefined;
}

/** The settings of a consumer with every default in place. */
export interface ConsumerSettings {
  readonly application: string;
  /** `undefined` where many are read. */
  readonly stream: StreamRef | undefined;
  /** `undefined` where one is read. */
  readonly streams: StreamsSummary | undefined;
  readonly startAt: StartPosition;
  readonly workerId: string;
  readonly leases: Readonly<Required<LeaseOptions> & { table: Required<LeaseTableOptions> }>;
  readonly read: ReadSettings;
  /** With `processRecord` one record each. */
  readonly batch: Readonly<Required<BatchOptions>>;
  readonly prefetch: Readonly<Required<PrefetchOptions>>;
  readonly concurrency: number;
  readonly ordering: RecordOrdering;
  readonly window: WindowLimits;
  readonly onFailure: FailureSettings;
  readonly checkpoint: "auto" | "manual";
  readonly sync: Readonly<Required<SyncOptions>>;
  readonly outOfRange: "drop" | "deliver";
  /** `undefined` for half of the stream's retention period. */
  readonly lagWarningMs: number | undefined;
}

/** What a consumer is made of. */
export interface ResolvedConsumerOptions {
  readonly settings: ConsumerSettings;
  readonly streams: StreamsSettings | undefined;
  /** `undefined` where batches are pulled. */
  readonly handler: BatchHandler | undefined;
  readonly hooks: ShardHooks;
  readonly kinesis: KinesisSource | undefined;
  readonly dynamodb: DynamoDbSource | undefined;
  readonly leaseTable: LeaseTable | undefined;
  readonly logger: Logger | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

const ANY_COUNT = Number.MAX_SAFE_INTEGER;

/** DynamoDB's own rule for table names, because the application is one. */
const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;
const tableName: Check<string> = parsed("3 to 255 letters, digits, _, . or -", (name) =>
  TABLE_NAME.test(name) ? name : undefined,
);
const positiveCount: Check<number> = integer({ min: 1, max: ANY_COUNT });

const flag: Check<boolean> = oneOf(true, false);
const capacityUnits: Check<number> = integer({ min: 1, max: ANY_COUNT });
const provisioned: Check<Exclude<TableBilling, string>> = group({
  readUnits: required(capacityUnits),
  writeUnits: required(capacityUnits),
});
const billing: Check<TableBilling> = (value, path, problems) => {
  if (value === "on-demand") return value;
  if (isObject(value)) return provisioned(value, path, problems);
  problems.push(wrong(path, '"on-demand" or { readUnits, writeUnits }', value));
  return "on-demand";
};

/** DynamoDB's own rules. */
const tags: Check<Readonly<Record<string, string>>> = (value, path, problems) => {
  if (isObject(value)) {
    const entries = Object.entries(value as Record<string, unknown>);
    const isFine = ([key, text]: [string, unknown]): boolean =>
      typeof text === "string" && text.length <= 256 && /^(?!aws:).{1,128}$/s.test(key);
    if (entries.length <= 50 && entries.every(isFine)) {
      return Object.freeze({ ...(value as Record<string, string>) });
    }
  }
  const expected =
    "at most 50 texts of up to 256 characters by names of 1 to 128, none beginning with aws:";
  problems.push(wrong(path, expected, value));
  return {};
};

const assignment: Check<LeaseAssignment> = (value, path, problems) => {
  if (value === "balanced") return value;
  const shardIds = isObject(value)
    ? (value as { readonly shardIds?: unknown }).shardIds
    : undefined;
  const isNamed =
    Array.isArray(shardIds) && shardIds.length > 0 && Object.keys(value as object).length === 1;
  if (isNamed && shardIds.every((id) => typeof id === "string" && id !== "")) {
    return Object.freeze({ shardIds: Object.freeze([...(shardIds as readonly string[])]) });
  }
  problems.push(wrong(path, '"balanced" or { shardIds } with the ids of one shard or more', value));
  return "balanced";
};

const leaseTableOptions: Check<Readonly<Required<LeaseTableOptions>>> = group({
  create: withDefault(flag, TABLE_DEFAULTS.create),
  billing: withDefault(billing, TABLE_DEFAULTS.billing),
  pointInTimeRecovery: withDefault(flag, TABLE_DEFAULTS.pointInTimeRecovery),
  deletionProtection: withDefault(flag, TABLE_DEFAULTS.deletionProtection),
  tags: withDefault(tags, TABLE_DEFAULTS.tags),
});

const prefetch: Check<Readonly<Required<PrefetchOptions>>> = group({
  maxRecords: withDefault(positiveCount, 30_000),
  maxBytes: withDefault(positiveCount, 8_388_608),
  totalBytes: withDefault(
    positiveCount,
    Math.min(268_435_456, Math.floor(getHeapStatistics().heap_size_limit / 4)),
  ),
});

const hook = optional(matching<() => void>("a function", (value) => typeof value === "function"));
const hooks: Check<ShardHooks> = group({
  onShardStarted: hook,
  onLeaseLost: hook,
  onShardEnded: hook,
  onShutdownRequested: hook,
});

/** Everything but the values that depend on others. */
interface CheckedOptions
  extends Omit<ConsumerSettings, "leases" | "read" | "streams" | "workerId">,
    Omit<ResolvedConsumerOptions, "settings" | "handler" | "clock" | "random"> {
  readonly read: CheckedRead;
  readonly processBatch: BatchHandler | undefined;
  readonly processRecord: RecordHandler | undefined;
  readonly leases: {
    readonly failoverMs: number;
    readonly maxPerWorker: number;
    readonly assignment: LeaseAssignment;
    readonly tableName: string | undefined;
    readonly table: Readonly<Required<LeaseTableOptions>>;
  };
  readonly workerId: string | undefined;
  readonly clock: Clock | undefined;
  readonly random: Random | undefined;
}

const oneStream: Check<StreamRef> = parsed("a stream name or a stream ARN", parseStreamRef);

const commonOptions = {
  startAt: required(startAt),
  processBatch: optional(
    matching<BatchHandler>("a function", (value) => typeof value === "function"),
  ),
  processRecord: optional(
    matching<RecordHandler>("a function", (value) => typeof value === "function"),
  ),
  concurrency: withDefault(integer({ min: 1, max: MAX_CONCURRENCY }), 1),
  ordering: withDefault(oneOf("shard", "partition-key", "none"), "shard"),
  window: windowLimits,
  kinesis: optional(kinesisSource),
  dynamodb: optional(matching<DynamoDbSource>("a DynamoDB client or its configuration", isObject)),
  leaseTable: optional(
    withMethods<LeaseTable>(
      "a LeaseTable",
      "ensureTable",
      "get",
      "list",
      "create",
      "update",
      "delete",
    ),
  ),
  leases: group({
    failoverMs: withDefault(integer({ min: 1000, max: 600_000 }), 10_000),
    maxPerWorker: withDefault(positiveCount, ANY_COUNT),
    assignment: withDefault(assignment, "balanced"),
    tableName: optional(tableName),
    table: leaseTableOptions,
  }),
  read: readOptions,
  batch: batchOptions,
  prefetch,
  onFailure: failureSettings,
  hooks,
  checkpoint: withDefault(oneOf("auto", "manual"), "auto"),
  sync: syncOptions,
  outOfRange: withDefault(oneOf("drop", "deliver"), "drop"),
  lagWarningMs: optional(positiveCount),
  workerId: optional(parsed("a text that is not empty", (text) => text || undefined)),
  logger: optional(withMethods<Logger>("a logger", "debug", "info", "warn", "error")),
  clock: optional(withMethods<Clock>("a Clock", "wallTimeMs", "nowMs", "startTimer")),
  random: optional(withMethods<Random>("a Random", "next", "bytes")),
};

/** Exactly one of both; where there is neither, it is `stream` that is missed. */
const optionsOf = (hasMany: boolean): Check<CheckedOptions> =>
  group<CheckedOptions>({
    application: required(tableName),
    stream: hasMany ? noStream : required(oneStream),
    streams: optional(streamsOption),
    ...commonOptions,
  });

/** Checks them, and that they go together. */
const consumerOptions: Check<CheckedOptions> = (value, path, problems) => {
  const before = problems.length;
  const hasMany = (Object(value) as { readonly streams?: unknown }).streams !== undefined;
  const checked = optionsOf(hasMany)(value, path, problems);
  if (checked.processBatch !== undefined && checked.processRecord !== undefined) {
    problems.push("processBatch and processRecord exclude each other; give one");
  }
  if (problems.length > before) return checked;
  const problem = laneProblem(checked);
  if (problem !== undefined) problems.push(problem);
  problems.push(...consumerChoiceProblems(checked));
  if (hasMany && checked.leases.assignment !== "balanced") {
    problems.push(
      "leases.assignment names shards, and streams share the names of theirs; with streams name others in each worker instead",
    );
  }
  return checked;
};

/**
 * Checks the options of a consumer and fills in the defaults.
 * @throws KinesisError INVALID_OPTIONS
 */
export function resolveConsumerOptions(options: ConsumerOptions): ResolvedConsumerOptions {
  const checked = resolveOptions("createConsumer", consumerOptions, options);
  const { clock, dynamodb, hooks, kinesis, leaseTable, logger, random, ...others } = checked;
  const { processBatch, processRecord, streams, ...settings } = others;
  const { application, batch, leases, read, workerId } = settings;
  const chance = random ?? systemRandom;
  return {
    settings: Object.freeze({
      ...settings,
      streams: streams && summaryOf(streams),
      read: Object.freeze({ ...read, consumerName: read.consumerName ?? application }),
      batch: processRecord === undefined ? batch : Object.freeze({ ...batch, maxRecords: 1 }),
      leases: Object.freeze({ ...leases, tableName: leases.tableName ?? application }),
      workerId: workerId ?? `${processName()}:${Buffer.from(chance.bytes(8)).toString("hex")}`,
    }),
    dynamodb,
    hooks,
    kinesis,
    leaseTable,
    logger,
    streams,
    handler: processRecord === undefined ? processBatch : batchHandlerOf(processRecord),
    clock: clock ?? systemClock,
    random: chance,
  };
}

function summaryOf({ list, ...rest }: StreamsSettings): StreamsSummary {
  const labels = typeof list === "function" ? undefined : list.map(({ label }) => label);
  return Object.freeze({ ...rest, labels });
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
