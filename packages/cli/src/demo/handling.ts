// How the demo's workers read their shards, and how they hand out what they have read.
import type { ReadOptions, RecordOrdering } from "@shardline/consumer";

/** Options of the workers' consumers. */
export interface Handling {
  readonly read: NonNullable<ReadOptions["mode"]>;
  /** Calls of a handler at a time, for each shard. */
  readonly concurrency: number;
  readonly ordering: RecordOrdering;
}

/** What rests when a handler keeps failing. */
export function restingPartOf(shardId: string, ordering: RecordOrdering): string {
  switch (ordering) {
    case "shard":
      return shardId;
    case "partition-key":
      return `a key of ${shardId}`;
    case "none":
      return `a record of ${shardId}`;
  }
}
