// What a producer's options come to: each checked, every default in place.
import { type KinesisSource, kinesisSource } from "@shardline/aws";
import {
  type Check,
  type Clock,
  type Distribution,
  group,
  integer,
  type Logger,
  matching,
  number,
  oneOf,
  optional,
  orFalse,
  parsed,
  parseStreamId,
  parseStreamRef,
  PUT_RECORDS_LIMITS,
  type Random,
  RECORD_LIMITS,
  resolveOptions,
  type StreamRef,
  type UserRecord,
  withDefault,
  withMethods,
} from "@shardline/core";
import type {
  AggregationOptions,
  BatchOptions,
  BufferOptions,
  MetricsOptions,
  HttpOptions,
  ProducerOptions,
} from "./options.ts";
import type { ShardMapOptions } from "./shard-map-options.ts";
import type { RateLimitOptions, RetryOptions } from "./retry-options.ts";

/** The settings of a producer with every default in place. */
export interface ProducerSettings {
  readonly stream: StreamRef | undefined;
  readonly aggregation: false | Readonly<Required<AggregationOptions>>;
  readonly batch: Readonly<Required<BatchOptions>>;
  readonly buffer: Readonly<Required<BufferOptions>>;
  readonly shardMap: Readonly<Required<ShardMapOptions>>;
  readonly distribution: "detect" | Distribution;
  readonly recordTtlMs: number;
  readonly maxRecordBytes: number | "auto";
  readonly ordering: "partition-key" | "none";
  /** Whether order was asked for: a stream that cannot keep it is then refused. */
  readonly isOrderRequired: boolean;
  readonly rateLimit: false | Readonly<Required<RateLimitOptions>>;
  readonly retry: RetrySettings;
  readonly maxInFlightRequests: number;
  readonly metrics: Readonly<Required<MetricsOptions>>;
  readonly http: Readonly<Required<HttpOptions>>;
}

/** How patient a producer is. */
export type RetrySettings = Readonly<Required<Omit<RetryOptions, "classify">>> & {
  readonly classify: RetryOptions["classify"] | undefined;
};

/** What a producer is made of. */
export interface ResolvedProducerOptions extends ProducerSettings {
  readonly kinesis: KinesisSource | undefined;
  readonly transform: ((record: UserRecord) => UserRecord) | undefined;
  readonly logger: Logger | undefined;
  readonly clock: Clock | undefined;
  readonly random: Random | undefined;
}

const FOREVER = Number.POSITIVE_INFINITY;
const ANY_COUNT = Number.MAX_SAFE_INTEGER;

const aggregation: Check<Readonly<Required<AggregationOptions>>> = group({
  maxBytes: withDefault(integer({ min: 64, max: RECORD_LIMITS.maxBytes }), 51_200),
  maxRecords: withDefault(number({ min: 1, max: FOREVER }), FOREVER),
  scope: withDefault(oneOf("shard", "hash-key"), "shard"),
  carrierKey: withDefault(oneOf("a", "first"), "a"),
  escape: withDefault(oneOf(true, false), true),
});

const batch: Check<Readonly<Required<BatchOptions>>> = group({
  maxDelayMs: withDefault(integer({ min: 0, max: ANY_COUNT }), 100),
  maxRecords: withDefault(
    integer({ min: 1, max: PUT_RECORDS_LIMITS.maxEntries }),
    PUT_RECORDS_LIMITS.maxEntries,
  ),
  maxBytes: withDefault(integer({ min: 52_224, max: PUT_RECORDS_LIMITS.maxBytes }), 5_242_880),
  maxBytesPerShard: withDefault(integer({ min: 1024, max: PUT_RECORDS_LIMITS.maxBytes }), 262_144),
  lingerMs: withDefault(orAuto(integer({ min: 0, max: ANY_COUNT })), "auto"),
});

const buffer: Check<Readonly<Required<BufferOptions>>> = group({
  maxRecords: withDefault(integer({ min: 1, max: ANY_COUNT }), 32_768),
  maxBytes: withDefault(integer({ min: 1024, max: ANY_COUNT }), 67_108_864),
  onFull: withDefault(oneOf("wait", "reject"), "wait"),
});

const rateLimit: Check<Readonly<Required<RateLimitOptions>>> = group({
  percent: withDefault(number({ min: 1, max: 10_000 }), 150),
});

const retry: Check<RetrySettings> = group({
  maxAttempts: withDefault(number({ min: 1, max: FOREVER }), FOREVER),
  failOnThrottle: withDefault(oneOf(true, false), false),
  notFoundGraceMs: withDefault(number({ min: 0, max: FOREVER }), 5000),
  authGraceMs: withDefault(number({ min: 0, max: FOREVER }), 10_000),
  classify: optional(
    matching<NonNullable<RetryOptions["classify"]>>(
      "a function",
      (value) => typeof value === "function",
    ),
  ),
});

const metrics: Check<Readonly<Required<MetricsOptions>>> = group({
  level: withDefault(oneOf("none", "summary", "detailed"), "detailed"),
  granularity: withDefault(oneOf("global", "stream", "shard"), "stream"),
  maxSeries: withDefault(integer({ min: 100, max: ANY_COUNT }), 2000),
});

const http: Check<Readonly<Required<HttpOptions>>> = group({
  connectTimeoutMs: withDefault(integer({ min: 100, max: 300_000 }), 6000),
  requestTimeoutMs: withDefault(integer({ min: 100, max: 600_000 }), 6000),
});

const shardMap: Check<Readonly<Required<ShardMapOptions>>> = group({
  initialWaitMs: withDefault(integer({ min: 0, max: 3_600_000 }), 5000),
  refreshMs: withDefault(orNever(integer({ min: 1000, max: 86_400_000 })), 300_000),
});

type CheckedOptions = Omit<ResolvedProducerOptions, "ordering" | "isOrderRequired"> & {
  readonly streamId: string | undefined;
  readonly ordering: ProducerSettings["ordering"] | undefined;
};

const producerOptions: Check<CheckedOptions> = group({
  stream: optional(parsed("a stream name or a stream ARN", parseStreamRef)),
  streamId: optional(
    parsed("a stream id, such as 0123456789abcdefghij-abc, in lower case", parseStreamId),
  ),
  kinesis: optional(kinesisSource),
  aggregation: orFalse(aggregation),
  batch,
  buffer,
  recordTtlMs: withDefault(number({ min: 100, max: FOREVER }), 30_000),
  maxRecordBytes: withDefault(orAuto(integer({ min: 1024, max: RECORD_LIMITS.maxBytes })), "auto"),
  shardMap,
  distribution: withDefault(oneOf("detect", "partition-key", "service-managed"), "detect"),
  ordering: optional(oneOf("partition-key", "none")),
  rateLimit: orFalse(rateLimit),
  retry,
  maxInFlightRequests: withDefault(integer({ min: 1, max: 256 }), 24),
  http,
  transform: optional(
    matching<(record: UserRecord) => UserRecord>(
      "a function",
      (value) => typeof value === "function",
    ),
  ),
  metrics,
  logger: optional(withMethods<Logger>("a logger", "debug", "info", "warn", "error")),
  clock: optional(withMethods<Clock>("a Clock", "wallTimeMs", "nowMs", "startTimer")),
  random: optional(withMethods<Random>("a Random", "next", "bytes")),
});

/** Options that are fine by themselves and not together. */
const consistentOptions: Check<CheckedOptions> = (value, path, problems) => {
  const options = producerOptions(value, path, problems);
  if (options.distribution === "service-managed" && options.ordering === "partition-key") {
    problems.push(
      'ordering "partition-key" cannot be kept with distribution "service-managed"; leave one of them out',
    );
  }
  if (options.streamId !== undefined && options.stream === undefined) {
    problems.push("streamId is that of the option stream, which is not given");
  }
  return options;
};

/**
 * Checks the options of a producer and fills in the defaults.
 * @throws KinesisError INVALID_OPTIONS
 */
export function resolveProducerOptions(options: ProducerOptions): ResolvedProducerOptions {
  const { streamId: id, ...checked } = resolveOptions("createProducer", consistentOptions, options);
  const stream =
    checked.stream === undefined || id === undefined ? checked.stream : { ...checked.stream, id };
  const { aggregation, distribution, ordering } = checked;
  const isUnordered = aggregation === false || distribution === "service-managed";
  const natural = isUnordered ? "none" : "partition-key";
  const isOrderRequired = ordering === "partition-key";
  return Object.freeze({ ...checked, stream, ordering: ordering ?? natural, isOrderRequired });
}

/** A value that the producer finds out by itself. */
function orAuto<T>(check: Check<T>): Check<T | "auto"> {
  return (value, path, problems) => (value === "auto" ? "auto" : check(value, path, problems));
}

/** A period that 0 switches off. */
function orNever(check: Check<number>): Check<number> {
  return (value, path, problems) => (value === 0 ? 0 : check(value, path, problems));
}
