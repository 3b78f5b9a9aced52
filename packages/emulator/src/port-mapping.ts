// Between the types of the port and the members of the service's model.
import type {
  GetRecordsAnswer,
  IteratorStart,
  ListShardsRequest,
  PutRecordsOutcome,
  Shard,
  ShardFilter,
  StreamRef,
} from "@shardline/core";
import { failureOf } from "./api-failures.ts";
import type { StreamAddress } from "./input/members.ts";
import type { GetRecordsOutput } from "./operations/get-records.ts";
import type { GetShardIteratorInput } from "./operations/get-shard-iterator.ts";
import type { ListShardsInput } from "./operations/list-shards.ts";
import type { PutRecordsResult } from "./operations/put-records.ts";
import { readRange, readRecord, readShardEnd } from "./port-records.ts";
import type { ShardOutput } from "./stream/shard-description.ts";

/** How a stream is named in an input: by ARN where it is known. */
export function addressOf(stream: StreamRef): StreamAddress {
  const { name, arn } = stream;
  return { ...(arn === undefined ? { StreamName: name } : { StreamARN: arn }), ...idOf(stream) };
}

function idOf({ id }: StreamRef): Pick<StreamAddress, "StreamId"> {
  return id === undefined ? {} : { StreamId: id };
}

/** The input that lists a first or a following page. */
export function listShardsInput(request: ListShardsRequest): ListShardsInput {
  const limit = request.maxResults === undefined ? {} : { MaxResults: request.maxResults };
  if ("nextToken" in request) {
    return { NextToken: request.nextToken, ...idOf(request.stream), ...limit };
  }
  const filter = request.filter === undefined ? {} : { ShardFilter: filterInput(request.filter) };
  return { ...addressOf(request.stream), ...filter, ...limit };
}

/** The members that say where an iterator starts. */
export function startInput(
  start: IteratorStart,
): Omit<GetShardIteratorInput, "ShardId" | keyof StreamAddress> {
  switch (start.type) {
    case "TRIM_HORIZON":
    case "LATEST":
      return { ShardIteratorType: start.type };
    case "AT_TIMESTAMP":
      return { ShardIteratorType: start.type, Timestamp: start.timestampMs / 1000 };
    case "AT_SEQUENCE_NUMBER":
    case "AFTER_SEQUENCE_NUMBER":
      return { ShardIteratorType: start.type, StartingSequenceNumber: start.sequenceNumber };
  }
}

/** A shard out of an answer. */
export function readShard(output: ShardOutput): Shard {
  const { StartingSequenceNumber, EndingSequenceNumber } = output.SequenceNumberRange;
  return {
    shardId: output.ShardId,
    hashKeyRange: readRange(output.HashKeyRange),
    startingSequenceNumber: StartingSequenceNumber,
    ...(EndingSequenceNumber === undefined ? {} : { endingSequenceNumber: EndingSequenceNumber }),
    ...(output.ParentShardId === undefined ? {} : { parentShardId: output.ParentShardId }),
    ...(output.AdjacentParentShardId === undefined
      ? {}
      : { adjacentParentShardId: output.AdjacentParentShardId }),
  };
}

/** What became of one entry. */
export function readOutcome(result: PutRecordsResult): PutRecordsOutcome {
  return "ErrorCode" in result
    ? { kind: "failed", failure: failureOf(result.ErrorCode, result.ErrorMessage) }
    : { kind: "stored", shardId: result.ShardId, sequenceNumber: result.SequenceNumber };
}

/** One page of records. */
export function readPage(output: GetRecordsOutput): GetRecordsAnswer {
  return {
    records: output.Records.map(readRecord),
    millisBehindLatest: output.MillisBehindLatest,
    next:
      output.NextShardIterator === undefined
        ? readShardEnd(output)
        : { kind: "iterator", iterator: output.NextShardIterator },
  };
}

function filterInput(filter: ShardFilter): NonNullable<ListShardsInput["ShardFilter"]> {
  switch (filter.type) {
    case "AT_TIMESTAMP":
    case "FROM_TIMESTAMP":
      return { Type: filter.type, Timestamp: filter.timestampMs / 1000 };
    case "AFTER_SHARD_ID":
      return { Type: filter.type, ShardId: filter.shardId };
    case "AT_LATEST":
    case "AT_TRIM_HORIZON":
    case "FROM_TRIM_HORIZON":
      return { Type: filter.type };
  }
}
