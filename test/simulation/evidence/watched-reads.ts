// A worker's end of the Kinesis port: when it asks for a shard's records, by its own clock, and what it gets. It lies above
// the network, because a rate and a buffer are the worker's.
import type { Clock, GetRecordsAnswer, KinesisApi } from "@shardline/core";
import type { Journal } from "./journal.ts";

/** The same port, watched. */
export function watchReads(
  kinesis: KinesisApi,
  process: Clock & { readonly name: string },
  journal: Journal,
): KinesisApi {
  const { name } = process;
  /** Iterators in use, and their shards. */
  const iterators = new Map<string, string>();
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
      if (answer.records.length > 0) journal.write(fetched(name, shardId, answer));
      return answer;
    },
  };
}

function fetched(process: string, shardId: string, { records }: GetRecordsAnswer) {
  let bytes = 0;
  for (const { data, partitionKey } of records) bytes += data.length + (partitionKey?.length ?? 0);
  const sequenceNumbers = records.map(({ sequenceNumber }) => sequenceNumber);
  return { kind: "fetched", process, shardId, bytes, sequenceNumbers } as const;
}
