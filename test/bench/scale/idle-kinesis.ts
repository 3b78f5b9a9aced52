// A Kinesis in the same process that does nothing: reads go unanswered until they are aborted.
import type { KinesisApi } from "@shardline/core";
import { CREATED_S, manyShards, STREAM } from "./many-shards.ts";

/** Kinesis with one stream of so many shards. */
export function idleKinesis(shardCount: number): KinesisApi {
  const shards = manyShards(shardCount);
  const refuse = (): Promise<never> => Promise.reject(new Error("nobody asks for this here"));
  return {
    createStream: refuse,
    splitShard: refuse,
    mergeShards: refuse,
    putRecords: refuse,
    rehearsePutRecords: refuse,
    registerStreamConsumer: refuse,
    describeStreamConsumer: refuse,
    deregisterStreamConsumer: refuse,
    subscribeToShard: refuse,
    describeStreamSummary: async () => ({
      name: STREAM,
      arn: `arn:aws:kinesis:us-east-1:123456789012:stream/${STREAM}`,
      status: "ACTIVE",
      createdAtMs: CREATED_S * 1000,
      openShardCount: shardCount,
      retentionHours: 24,
      maxRecordBytes: 1_048_576,
      distribution: "partition-key",
    }),
    listShards: async () => ({ shards }),
    getShardIterator: async ({ shardId }) => shardId,
    getRecords: (_request, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  };
}
