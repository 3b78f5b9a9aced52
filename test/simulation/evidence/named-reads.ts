// Between a worker and the network: whoever watches there what is read sees shards under their names.
import type { KinesisApi } from "@shardline/core";
import type { ShardNames } from "./shard-names.ts";

/** The stream in the ARN of a consumer of fan-out. */
const STREAM_OF_CONSUMER = /:stream\/([^/]+)\/consumer\//;

/** The same port, watched. */
export function watchedUnderNames(
  kinesis: KinesisApi,
  names: ShardNames,
  watch: (kinesis: KinesisApi) => KinesisApi,
): KinesisApi {
  const watched = watch(renamed(kinesis, (name) => names.idOf(name)));
  return renamed(watched, (shardId, stream) => names.nameOf(shardId, stream));
}

function renamed(
  kinesis: KinesisApi,
  rename: (shardId: string, stream: string) => string,
): KinesisApi {
  return {
    ...kinesis,
    getShardIterator: (request, signal) => {
      const shardId = rename(request.shardId, request.stream.name);
      return kinesis.getShardIterator({ ...request, shardId }, signal);
    },
    subscribeToShard: (request, signal) => {
      const [, stream = ""] = STREAM_OF_CONSUMER.exec(request.consumerArn) ?? [];
      const shardId = rename(request.shardId, stream);
      return kinesis.subscribeToShard({ ...request, shardId }, signal);
    },
  };
}
