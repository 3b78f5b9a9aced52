// What reading a shard answers with, polled or pushed, in the types of the port.
import type { ChildShard, HashKeyRange, KinesisRecord, NextRead } from "@shardline/core";
import { blobBytes } from "./stream/blob.ts";
import type { ChildShardOutput, RecordOutput } from "./stream/read-description.ts";
import type { HashKeyRangeOutput } from "./stream/shard-description.ts";

/** A record out of an answer or an event. */
export function readRecord(record: RecordOutput): KinesisRecord {
  return {
    sequenceNumber: record.SequenceNumber,
    ...(record.PartitionKey === undefined ? {} : { partitionKey: record.PartitionKey }),
    data: blobBytes(record.Data),
    arrivedAtMs: Math.round(record.ApproximateArrivalTimestamp * 1000),
  };
}

/** What follows the last records of a shard. */
export function readShardEnd({
  ChildShards = [],
}: {
  readonly ChildShards?: readonly ChildShardOutput[];
}): Extract<NextRead, { kind: "shard-end" }> {
  return { kind: "shard-end", childShards: ChildShards.map(readChild) };
}

/** A range out of an answer. */
export function readRange({ StartingHashKey, EndingHashKey }: HashKeyRangeOutput): HashKeyRange {
  return { start: BigInt(StartingHashKey), end: BigInt(EndingHashKey) };
}

function readChild(child: ChildShardOutput): ChildShard {
  return {
    shardId: child.ShardId,
    parentShardIds: child.ParentShards,
    hashKeyRange: readRange(child.HashKeyRange),
  };
}
