// What of a stream its owner can change while it lives.
import { RECORD_LIMITS } from "@shardline/core";

/** What a stream is set to; its changes take effect as a whole. */
export interface StreamSettings {
  readonly mode: StreamMode;
  /** How long a record can be read: from 24 to 8,760 hours. */
  readonly retentionHours: number;
  /** Data and partition key of one record: from 1 to 10 MiB. */
  readonly maxRecordBytes: number;
  readonly distribution: Distribution;
}

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
};
