export { createProducer, type Producer } from "./producer.ts";
export type { CloseSummary } from "./pipelines.ts";
export type { FlushSummary } from "./settle/flush-barrier.ts";
export type { PutManyOptions, UserRecords } from "./feed/put-many.ts";
export type { PutOutcome } from "./feed/outcome-queue.ts";
export type { ConvertingOptions, WritableOptions } from "./feed/feedable.ts";
export type { OnSettled } from "./record/callback-sink.ts";
export type {
  AggregationOptions,
  BatchOptions,
  BufferOptions,
  MetricsOptions,
  HttpOptions,
  ProducerOptions,
} from "./options.ts";
export type { ShardMapOptions } from "./shard-map-options.ts";
export type {
  ClassifyFailure,
  FailureChoice,
  FailureContext,
  RateLimitOptions,
  RetryOptions,
} from "./retry-options.ts";
export type { KplClientConfig, KplProducerOptions } from "./kpl/kpl-options.ts";
export type { IgnoredProperty } from "@shardline/core";
export { producerOptionsFromKplProperties } from "./kpl/producer-options-from-kpl-properties.ts";
export type { ProducerSettings } from "./settings.ts";
export type { ProducerStats } from "./producer-stats.ts";
export type { MetricDimensions, MetricSnapshot } from "./metrics/metric-snapshot.ts";
export type { MetricName } from "./metrics/metric-catalog.ts";
export type { PutRecordsTrace } from "./call/put-records-trace.ts";
export type { ProducerEvents } from "./producer-events.ts";
export type {
  AccessReport,
  AccessVerdict,
  PermissionReport,
  ProducerPermission,
} from "./stream/check-access.ts";
export type { Receipt } from "./record/receipt.ts";
export { type ApiFailure, type Attempt, KinesisError, type UserRecord } from "@shardline/core";
