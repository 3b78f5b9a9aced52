// What reading a shard answers with, polled or pushed: its records and, at its end, its children.
import type { Blob } from "./blob.ts";
import type { NumberedRecord, Shard } from "./shard.ts";
import { describeRange, type HashKeyRangeOutput } from "./shard-description.ts";

/** Stored for a record without a partition key: no key is empty. */
export const NO_KEY = "";

/** A record. */
export interface RecordOutput {
  readonly SequenceNumber: string;
  /** Epoch seconds with three decimals. */
  readonly ApproximateArrivalTimestamp: number;
  readonly Data: Blob;
  /** Absent if the record was put without one. */
  readonly PartitionKey?: string;
  /** Absent if the record is not encrypted. */
  readonly EncryptionType?: "KMS";
}

/** A shard that follows one that was read to its end. */
export interface ChildShardOutput {
  readonly ShardId: string;
  readonly ParentShards: readonly string[];
  readonly HashKeyRange: HashKeyRangeOutput;
}

/** Describes a record; ten thousand are described for one answer, so nothing is made that is not handed out. */
export function describeRecord(record: NumberedRecord): RecordOutput {
  const output: { -readonly [Name in keyof RecordOutput]: RecordOutput[Name] } = {
    SequenceNumber: record.sequenceNumber,
    ApproximateArrivalTimestamp: record.arrivedAtMs / 1000,
    Data: record.data,
  };
  if (record.partitionKey !== NO_KEY) output.PartitionKey = record.partitionKey;
  if (record.isEncrypted) output.EncryptionType = "KMS";
  return output;
}

/** Describes a child. */
export function describeChild(child: Shard): ChildShardOutput {
  return {
    ShardId: child.shardId,
    ParentShards: child.origin.parentIds,
    HashKeyRange: describeRange(child.origin.range),
  };
}
