// What a producer's options come to: each checked, every default in place.
import { type KinesisSource, kinesisSource } from "@shardline/aws";
import {
  type Check,
  type Clock,
  group,
  integer,
  type Logger,
  matching,
  number,
  oneOf,
  optional,
  orFalse,
  parsed,
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
import type { RateLimitOptions, RetryOptions } from "./retry-options.ts";

/** The settings of a producer with every default in place. */
export interface ProducerSettings {
  readonly stream: StreamRef | undefined;
  readonly aggregation: false | Readonly<Required<AggregationOptions>>;
  readonly batch: Readonly<Required<BatchOptions>>;
  readonly buffer: Readonly<Required<BufferOptions>>;
  readonly recordTtlMs: number;
  readonly maxRecordBytes: number;
  readonly ordering: "partition-key" | "none";
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
  maxBytes: withDefault(integer({ min: 64, max: RECORD_LIMITS.defaultMaxBytes }), 51_200),
  maxRecords: withDefault(number({ min: 1, max: FOREVER }), FOREVER),
});

const batch: Check<Readonly<Required<BatchOptions>>> = group({
  maxDelayMs: withDefault(integer({ min: 0, max: ANY_COUNT }), 100),
  maxRecords: withDefault(
    integer({ min: 1, max: PUT_RECORDS_LIMITS.maxEntries }),
    PUT_RECORDS_LIMITS.maxEntries,
  ),
  maxBytes: withDefault(integer({ min: 52_224, max: PUT_RECORDS_LIMITS.maxBytes }), 5_242_880),
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

type CheckedOptions = Omit<ResolvedProducerOptions, "ordering"> & {
  readonly ordering: ProducerSettings["ordering"] | undefined;
};

const producerOptions: Check<CheckedOptions> = group({
  stream: optional(parsed("a stream name or a stream ARN", parseStreamRef)),
  kinesis: optional(kinesisSource),
  aggregation: orFalse(aggregation),
  batch,
  buffer,
  recordTtlMs: withDefault(number({ min: 100, max: FOREVER }), 30_000),
  maxRecordBytes: withDefault(
    integer({ min: 1024, max: RECORD_LIMITS.maxBytes }),
    RECORD_LIMITS.defaultMaxBytes,
  ),
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

/**
 * Checks the options of a producer and fills in the defaults.
 * @throws KinesisError INVALID_OPTIONS
 */
export function resolveProducerOptions(options: ProducerOptions): ResolvedProducerOptions {
  const checked = resolveOptions("createProducer", producerOptions, options);
  const natural = checked.aggregation === false ? "none" : "partition-key";
  return Object.freeze({ ...checked, ordering: checked.ordering ?? natural });
}
