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

/** Reads the answer; the records' data stay the SDK's own bytes. */
export function readGetRecords(output: Partial<GetRecordsCommandOutput>): GetRecordsAnswer {
  expectAnswer(Array.isArray(output.Records), "an answer without a list of records");
  return {
    records: output.Records.map(readRecord),
    millisBehindLatest: output.MillisBehindLatest ?? 0,
    next: readNext(output.NextShardIterator, output.ChildShards ?? []),
  };
}

function readRecord(record: _Record): KinesisRecord {
  const { ApproximateArrivalTimestamp: arrived, Data: data, PartitionKey: partitionKey } = record;
  const sequenceNumber = record.SequenceNumber;
  expectAnswer(sequenceNumber && data && arrived, "a record without number, data or arrival time");
  const arrivedAtMs = arrived.getTime();
  return partitionKey === undefined
    ? { sequenceNumber, data, arrivedAtMs }
    : { sequenceNumber, partitionKey, data, arrivedAtMs };
}

/** At the end of a shard its children take the place of the next iterator: never both, never neither. */
function readNext(iterator: string | undefined, children: readonly WireChildShard[]): NextRead {
  if (iterator) {
    expectAnswer(children.length === 0, "child shards beside a next iterator");
    return { kind: "iterator", iterator };
  }
  expectAnswer(children.length > 0, "neither a next iterator nor child shards");
  return { kind: "shard-end", childShards: children.map(readChildShard) };
}

function readChildShard({ HashKeyRange, ParentShards, ShardId }: WireChildShard): ChildShard {
  expectAnswer(ShardId, "a child shard without an id");
  expectAnswer(ParentShards && ParentShards.length > 0, "a child shard without parents");
  const hashKeyRange = readHashKeyRange(HashKeyRange);
  return {
    shardId: ShardId,
    parentShardIds: ParentShards,
    ...(hashKeyRange === undefined ? {} : { hashKeyRange }),
  };
}
