// Streams as the API describes them.
import type { Stream, StreamStatus } from "./stream.ts";
import type { ShardLevelMetric } from "./shard-level-metrics.ts";
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
  readonly EnhancedMonitoring: readonly [
    { readonly ShardLevelMetrics: readonly ShardLevelMetric[] },
  ];
  readonly EncryptionType: "KMS" | "NONE";
  /** Absent if records are not encrypted. */
  readonly KeyId?: string;
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
  const { encryption } = stream;
  return {
    ...summarizeStream(stream),
    RetentionPeriodHours: stream.retentionHours,
    EnhancedMonitoring: [{ ShardLevelMetrics: stream.shardLevelMetrics }],
    EncryptionType: encryption.type,
    ...(encryption.type === "KMS" ? { KeyId: encryption.keyId } : {}),
  };
}

/** What the answer to a put says of encryption. */
export function describeEncryption({ encryption }: Stream): { readonly EncryptionType?: "KMS" } {
  return encryption.type === "KMS" ? { EncryptionType: encryption.type } : {};
}
