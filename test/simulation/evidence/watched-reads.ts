// A worker's end of the Kinesis port: when it asks for a shard's records, by its own clock, and what it gets, whether it
// polls or is pushed to. It lies above the network, because a rate and a buffer are the worker's.
import type { Clock, KinesisApi, KinesisRecord } from "@shardline/core";
import type { Journal } from "./journal.ts";
import { watchSubscriptions } from "./watched-subscriptions.ts";

/** The same port, watched. */
export function watchReads(
  kinesis: KinesisApi,
  process: Clock & { readonly name: string },
  journal: Journal,
): KinesisApi {
  const { name } = process;
  /** Iterators in use, and their shards. */
  const iterators = new Map<string, string>();
  const noteFetched = (
    shardId: string,
    by: "poll" | "push",
    records: readonly KinesisRecord[],
  ): void => {
    if (records.length === 0) return;
    const carriers = records.map(({ data, partitionKey = "", sequenceNumber }) => {
      return { sequenceNumber, bytes: data.length + partitionKey.length };
    });
    journal.write({ kind: "fetched", process: name, shardId, by, carriers });
  };
  return {
    ...kinesis,
    getShardIterator: async (request, signal) => {
      const iterator = await kinesis.getShardIterator(request, signal);
      iterators.set(iterator, request.shardId);
      return iterator;
    },
    getRecords: async (request, signal) => {
      const shardId = iterators.get(request.iterator) ?? "unknown";
      journal.write({ kind: "read", process: name, shardId, localMs: process.nowMs() });
      const answer = await kinesis.getRecords(request, signal);
      iterators.delete(request.iterator);
      if (answer.next.kind === "iterator") iterators.set(answer.next.iterator, shardId);
      noteFetched(shardId, "poll", answer.records);
      return answer;
    },
    subscribeToShard: watchSubscriptions(kinesis, process, journal, (shardId, { records }) =>
      noteFetched(shardId, "push", records),
    ),
  };
}
