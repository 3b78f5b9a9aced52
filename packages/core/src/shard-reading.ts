// Where in a shard reading starts and goes on, for reads that poll and for those that are pushed to.
import type { ChildShard } from "./shard.ts";

/** Where an iterator, or a subscription, starts. */
export type IteratorStart =
  | { readonly type: "TRIM_HORIZON" | "LATEST" }
  | { readonly type: "AT_TIMESTAMP"; readonly timestampMs: number }
  | {
      readonly type: "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER";
      readonly sequenceNumber: string;
    };

/** Read on from an iterator, or the shard is closed and read to its end. */
export type NextRead =
  | { readonly kind: "iterator"; readonly iterator: string }
  | { readonly kind: "shard-end"; readonly childShards: readonly ChildShard[] };
