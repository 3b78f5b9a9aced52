// What a series says when it is asked.
import type { Statistics } from "@shardline/core";
import type { MetricKind, MetricName, MetricsGranularity } from "./metric-catalog.ts";

/** What tells series of one metric apart, by CloudWatch's and the KPL's names. */
export interface MetricDimensions {
  readonly StreamName?: string;
  readonly ShardId?: string;
  /** AWS's name for an error. */
  readonly ErrorCode?: string;
  /** Why a Kinesis record was closed. */
  readonly Reason?: string;
}

/** One metric in one place, as it stood when it was asked for. Without samples `count` and `sum` are 0. */
export interface MetricSnapshot extends Statistics {
  readonly name: MetricName;
  readonly unit: MetricKind["unit"];
  readonly level: MetricKind["level"];
  /** How deep in the tree of dimensions it is. */
  readonly granularity: MetricsGranularity;
  /** Empty for the whole producer. */
  readonly dimensions: MetricDimensions;
  /** Percentiles, off by 1/32 at most; only of UserRecordLatency and RequestTime. */
  readonly p50?: number | undefined;
  readonly p99?: number | undefined;
}
