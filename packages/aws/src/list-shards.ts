// ListShards: the request of a first or a following page, and its shards.
import type {
  ListShardsCommandInput,
  ListShardsCommandOutput,
  Shard as WireShard,
  ShardFilter as WireShardFilter,
} from "@aws-sdk/client-kinesis";
import {
  type ListShardsAnswer,
  type ListShardsRequest,
  type Shard,
  type ShardFilter,
  toDate,
} from "@shardline/core";
import { expectAnswer } from "./answer-mismatch.ts";
import { readHashKeyRange } from "./hash-key-range.ts";
import { streamFields, streamIdField } from "./stream-fields.ts";

/**
 * The service refuses a page token beside a stream's name or ARN
 * (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html, read 2026-11-21). The stream's id goes
 * with it, as with the KCL: all pages are to come from the same address.
 */
export function listShardsInput(request: ListShardsRequest): ListShardsCommandInput {
  const page = request.maxResults === undefined ? {} : { MaxResults: request.maxResults };
  if ("nextToken" in request) {
    return { NextToken: request.nextToken, ...streamIdField(request.stream), ...page };
  }
  const filter = request.filter === undefined ? {} : { ShardFilter: filterFields(request.filter) };
  return { ...streamFields(request.stream), ...filter, ...page };
}

function filterFields(filter: ShardFilter): WireShardFilter {
  switch (filter.type) {
    case "AT_LATEST":
    case "AT_TRIM_HORIZON":
    case "FROM_TRIM_HORIZON":
      return { Type: filter.type };
    case "AT_TIMESTAMP":
    case "FROM_TIMESTAMP":
      return { Type: filter.type, Timestamp: toDate(filter.timestampMs) };
    case "AFTER_SHARD_ID":
      return { Type: filter.type, ShardId: filter.shardId };
  }
}

export function readListShards({
  NextToken,
  Shards,
}: Partial<ListShardsCommandOutput>): ListShardsAnswer {
  expectAnswer(Array.isArray(Shards), "an answer without a list of shards");
  return { shards: Shards.map(readShard), ...(NextToken ? { nextToken: NextToken } : {}) };
}

function readShard(shard: WireShard): Shard {
  const { AdjacentParentShardId, ParentShardId, SequenceNumberRange, ShardId } = shard;
  const { EndingSequenceNumber, StartingSequenceNumber } = SequenceNumberRange ?? {};
  expectAnswer(ShardId && StartingSequenceNumber, "a shard without an id or a first number");
  const hashKeyRange = readHashKeyRange(shard.HashKeyRange);
  return {
    shardId: ShardId,
    startingSequenceNumber: StartingSequenceNumber,
    ...(hashKeyRange === undefined ? {} : { hashKeyRange }),
    ...(EndingSequenceNumber ? { endingSequenceNumber: EndingSequenceNumber } : {}),
    ...(ParentShardId ? { parentShardId: ParentShardId } : {}),
    ...(AdjacentParentShardId ? { adjacentParentShardId: AdjacentParentShardId } : {}),
  };
}
