// Streams as the API describes them.
import type { Stream, StreamStatus } from "./stream.ts";
import type { StreamMode } from "./stream-settings.ts";

/** What every mention of a stream says. */
export interface StreamSummaryOutput {
  readonly StreamName: string;
  readonly StreamARN: string;
  readonly StreamStatus: StreamStatus;
  readonly StreamModeDetails: { readonly StreamMode: StreamMode };
  /** Epoch seconds with three decimals. */
  readonly StreamCreationTimestamp: number;
}

/** What both descriptions of a stream say. */
export interface StreamOutput extends StreamSummaryOutput {
  readonly RetentionPeriodHours: number;
  readonly EnhancedMonitoring: readonly [{ readonly ShardLevelMetrics: readonly [] }];
  readonly EncryptionType: "NONE";
}

/** Mentions a stream. */
export function summarizeStream(stream: Stream): StreamSummaryOutput {
  return {
    StreamName: stream.plan.name,
    StreamARN: stream.home.arn,
    StreamStatus: stream.status,
    StreamModeDetails: { StreamMode: stream.mode },
    StreamCreationTimestamp: stream.createdAtMs / 1000,
  };
}

/** Describes a stream. */
export function describeStream(stream: Stream): StreamOutput {
  return {
    ...summarizeStream(stream),
    RetentionPeriodHours: stream.retentionHours,
    EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
    EncryptionType: "NONE",
  };
}
