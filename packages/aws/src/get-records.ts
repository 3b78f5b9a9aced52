// GetRecords: the request, the records, and where to read on.
import type {
  _Record,
  ChildShard as WireChildShard,
  GetRecordsCommandInput,
  GetRecordsCommandOutput,
} from "@aws-sdk/client-kinesis";
import type {
  ChildShard,
  GetRecordsAnswer,
  GetRecordsRequest,
  KinesisRecord,
  NextRead,
} from "@shardline/core";
import { streamIdField } from "./stream-fields.ts";
import { expectAnswer } from "./answer-mismatch.ts";
import { readHashKeyRange } from "./hash-key-range.ts";

const DIGITS = /^\d+$/;

/** The iterator says which stream is meant; the request has no field for a name. */
export function getRecordsInput(request: GetRecordsRequest): GetRecordsCommandInput {
  const { iterator, limit, stream } = request;
  return {
    ShardIterator: iterator,
    Limit: limit,
    ...(stream.arn === undefined ? {} : { StreamARN: stream.arn }),
    ...streamIdField(stream),
  };
}

/** Reads the SDK's answer; the records' data stay its own bytes. */
export function readGetRecords(output: Partial<GetRecordsCommandOutput>): GetRecordsAnswer {
  expectAnswer(Array.isArray(output.Records), "an answer without a list of records");
  return answerOf(output.Records.map(readRecord), output);
}

/** What stands beside the records of an answer; of what comes from the network nothing is certain. */
interface Frame {
  readonly NextShardIterator?: unknown;
  readonly MillisBehindLatest?: unknown;
  readonly ChildShards?: unknown;
}

/** An answer with these records. */
export function answerOf(records: readonly KinesisRecord[], frame: Frame): GetRecordsAnswer {
  const millisBehindLatest = frame.MillisBehindLatest ?? 0;
  expectAnswer(typeof millisBehindLatest === "number", "a lag that is no number");
  expectAnswer(areInOrder(records), "records that are not in the order of their numbers");
  return { records, millisBehindLatest, next: readNext(frame) };
}

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

/** Whoever reads on from the last would never see what was left behind. */
function areInOrder(records: readonly KinesisRecord[]): boolean {
  let before = "";
  for (const { sequenceNumber } of records) {
    if (!isLower(before, sequenceNumber)) return false;
    before = sequenceNumber;
  }
  return true;
}

/** Of decimals without leading zeros: a number for each record would cost more than to compare their digits. */
function isLower(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}

const INCOMPLETE = "a record without number, data or arrival time";

/** Another text might be taken for one of the sentinels among checkpoints. */
function isNumber(sequenceNumber: unknown): sequenceNumber is string {
  return typeof sequenceNumber === "string" && DIGITS.test(sequenceNumber);
}

function readRecord(record: _Record): KinesisRecord {
  const { ApproximateArrivalTimestamp: arrived, Data, PartitionKey, SequenceNumber } = record;
  return recordOf(SequenceNumber, PartitionKey, Data, arrived?.getTime());
}

/** At the end of a shard its children take the place of the next iterator: never both, never neither. */
function readNext({ ChildShards, NextShardIterator }: Frame): NextRead {
  const children = ChildShards ?? [];
  expectAnswer(Array.isArray(children), "child shards that are no list");
  if (NextShardIterator) {
    expectAnswer(typeof NextShardIterator === "string", "an iterator that is no text");
    expectAnswer(children.length === 0, "child shards beside a next iterator");
    return { kind: "iterator", iterator: NextShardIterator };
  }
  expectAnswer(children.length > 0, "neither a next iterator nor child shards");
  return { kind: "shard-end", childShards: children.map(readChildShard) };
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
