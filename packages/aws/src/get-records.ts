// GetRecords: the request, the records, and where to read on.
import type { GetRecordsCommandInput, GetRecordsCommandOutput } from "@aws-sdk/client-kinesis";
import type { GetRecordsAnswer, GetRecordsRequest, KinesisRecord, NextRead } from "@shardline/core";
import { streamIdField } from "./stream-fields.ts";
import { expectAnswer } from "./answer-mismatch.ts";
import { expectInOrder, readRecord, readShardEnd } from "./shard-records.ts";

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
  expectInOrder(records);
  return { records, millisBehindLatest, next: readNext(frame) };
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
  return readShardEnd(children);
}
