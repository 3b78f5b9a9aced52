// What a shard that is said to be missing is: gone for good, or there after all.
import { apiFailureOf, type KinesisApi, listAllShards, type StreamRef } from "@shardline/core";

/** Whether the stream does not list the shard any more; a stream that is gone lists nothing. */
export async function isShardGone(
  kinesis: Pick<KinesisApi, "listShards">,
  stream: StreamRef,
  shardId: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const shards = await listAllShards(kinesis, stream, undefined, signal);
    return !shards.some((shard) => shard.shardId === shardId);
  } catch (error) {
    signal.throwIfAborted();
    return apiFailureOf(error)?.kind === "missing";
  }
}
