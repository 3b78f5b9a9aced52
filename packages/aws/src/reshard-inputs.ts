// The requests that change which shards there are.
import type {
  CreateStreamCommandInput,
  MergeShardsCommandInput,
  SplitShardCommandInput,
} from "@aws-sdk/client-kinesis";
import type { CreateStreamRequest, MergeShardsRequest, SplitShardRequest } from "@shardline/core";
import { streamFields } from "./stream-fields.ts";

/** A stream is created by name only, in the account and the region of the client. */
export function createStreamInput(request: CreateStreamRequest): CreateStreamCommandInput {
  return { StreamName: request.stream.name, ShardCount: request.shardCount };
}

export function splitShardInput(request: SplitShardRequest): SplitShardCommandInput {
  return {
    ...streamFields(request.stream),
    ShardToSplit: request.shardId,
    NewStartingHashKey: request.newStartingHashKey.toString(),
  };
}

export function mergeShardsInput(request: MergeShardsRequest): MergeShardsCommandInput {
  return {
    ...streamFields(request.stream),
    ShardToMerge: request.shardId,
    AdjacentShardToMerge: request.adjacentShardId,
  };
}
