// DescribeStreamSummary: what a stream says about itself.
import type { DescribeStreamSummaryCommandOutput, StreamStatus } from "@aws-sdk/client-kinesis";
import { RECORD_LIMITS, type StreamSummary } from "@shardline/core";
import { expectAnswer } from "./answer-mismatch.ts";

const STATUSES: ReadonlySet<StreamStatus> = new Set(["CREATING", "DELETING", "ACTIVE", "UPDATING"]);

const KIB = 1024;

export function readStreamSummary(
  output: Partial<DescribeStreamSummaryCommandOutput>,
): StreamSummary {
  const summary = output.StreamDescriptionSummary;
  expectAnswer(summary?.StreamName && summary.StreamARN, "a summary without name or ARN");
  const { StreamCreationTimestamp, StreamStatus: status } = summary;
  expectAnswer(status && STATUSES.has(status), "a summary with an unknown status");
  expectAnswer(StreamCreationTimestamp, "a summary without a creation time");
  const { OpenShardCount, RetentionPeriodHours } = summary;
  expectAnswer(OpenShardCount !== undefined, "a summary without a count of open shards");
  expectAnswer(RetentionPeriodHours !== undefined, "a summary without a retention period");
  return {
    name: summary.StreamName,
    arn: summary.StreamARN,
    status,
    createdAtMs: StreamCreationTimestamp.getTime(),
    openShardCount: OpenShardCount,
    retentionHours: RetentionPeriodHours,
    maxRecordBytes: readMaxRecordBytes(summary.MaxRecordSizeInKiB),
    distribution:
      summary.RecordDistributionStrategy === "AUTO" ? "service-managed" : "partition-key",
  };
}

/** Whoever does not tell is older than larger records. */
function readMaxRecordBytes(kib: number | undefined): number {
  return kib === undefined ? RECORD_LIMITS.defaultMaxBytes : kib * KIB;
}
