// What a read of a shard answers with, polled or pushed: its records and, at its end, the shards that follow.
import type { _Record, ChildShard as WireChildShard } from "@aws-sdk/client-kinesis";
import type { ChildShard, KinesisRecord, NextRead } from "@shardline/core";
import { expectAnswer } from "./answer-mismatch.ts";
import { readHashKeyRange } from "./hash-key-range.ts";

const DIGITS = /^\d+$/;
const INCOMPLETE = "a record without number, data or arrival time";

/** A record with these fields. */
export function recordOf(
  sequenceNumber: unknown,
  partitionKey: unknown,
  data: unknown,
  arrivedAtMs: number | undefined,
): KinesisRecord {
  const isComplete = isNumber(sequenceNumber) && data instanceof Uint8Array;
  expectAnswer(isComplete && Number.isFinite(arrivedAtMs), INCOMPLETE);
  if (partitionKey === undefined || partitionKey === null) {
    return { sequenceNumber, data, arrivedAtMs: arrivedAtMs as number };
  }
  expectAnswer(typeof partitionKey === "string", "a record with a key that is no text");
  return { sequenceNumber, partitionKey, data, arrivedAtMs: arrivedAtMs as number };
}

/** A record as the SDK reads it; its data stay the SDK's own bytes. */
export function readRecord(record: _Record): KinesisRecord {
  const { ApproximateArrivalTimestamp: arrived, Data, PartitionKey, SequenceNumber } = record;
  return recordOf(SequenceNumber, PartitionKey, Data, arrived?.getTime());
}

/** Whoever reads on from the last would never see what was left behind. */
export function expectInOrder(records: readonly KinesisRecord[]): void {
  let before = "";
  for (const { sequenceNumber } of records) {
    const isNext = isLower(before, sequenceNumber);
    expectAnswer(isNext, "records that are not in the order of their numbers");
    before = sequenceNumber;
  }
}

/** The end of a shard that these follow. */
export function readShardEnd(
  children: readonly (WireChildShard | null)[],
): Extract<NextRead, { kind: "shard-end" }> {
  return { kind: "shard-end", childShards: children.map(readChildShard) };
}

/** Another text might be taken for one of the sentinels among checkpoints. */
export function isNumber(sequenceNumber: unknown): sequenceNumber is string {
  return typeof sequenceNumber === "string" && DIGITS.test(sequenceNumber);
}

/** Of decimals without leading zeros: a number for each record would cost more than to compare their digits. */
function isLower(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}

function readChildShard(child: WireChildShard | null): ChildShard {
  const { HashKeyRange, ParentShards, ShardId } = child ?? {};
  expectAnswer(isText(ShardId), "a child shard without an id");
  const hasParents = Array.isArray(ParentShards) && ParentShards.length > 0;
  expectAnswer(hasParents && ParentShards.every(isText), "a child shard without parents");
  const hashKeyRange = readHashKeyRange(HashKeyRange ?? undefined);
  return {
    shardId: ShardId,
    parentShardIds: ParentShards,
    ...(hashKeyRange === undefined ? {} : { hashKeyRange }),
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
