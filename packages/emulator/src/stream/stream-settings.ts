// What of a stream its owner can change while it lives, as plain JSON.
import { RECORD_LIMITS } from "@shardline/core";
import type { ShardLevelMetric } from "./shard-level-metrics.ts";

/** What a stream is set to; its changes take effect as a whole. */
export interface StreamSettings {
  readonly mode: StreamMode;
  /** How long a record can be read: from 24 to 8,760 hours. */
  readonly retentionHours: number;
  /** Data and partition key of one record: from 1 to 10 MiB. */
  readonly maxRecordBytes: number;
  readonly distribution: Distribution;
  readonly encryption: Encryption;
  /** In the order of the service's model. */
  readonly shardLevelMetrics: readonly ShardLevelMetric[];
  /** What a stream on demand was asked to take at once, in MiB per second; `null` where it never was. */
  readonly warmThroughputMiBps: number | null;
}

/** Whether the service says that it encrypts records, and with which key. */
export type Encryption =
  | { readonly type: "NONE" }
  | { readonly type: "KMS"; readonly keyId: string };

/** Who decides where a record goes: its keys or the service. Only streams on demand can leave it to the service. */
export type Distribution = "AUTO" | "USER_PARTITION_KEY";

/** Who decides about the number of shards: the owner or the service. */
export type StreamMode = "PROVISIONED" | "ON_DEMAND";

/** What a stream is set to unless its creation says otherwise. */
export const DEFAULT_SETTINGS: StreamSettings = {
  mode: "PROVISIONED",
  retentionHours: 24,
  maxRecordBytes: RECORD_LIMITS.defaultMaxBytes,
  distribution: "USER_PARTITION_KEY",
  encryption: { type: "NONE" },
  shardLevelMetrics: [],
  warmThroughputMiBps: null,
};
