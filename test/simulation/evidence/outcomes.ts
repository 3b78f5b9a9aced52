// What processes are told by the services: of what they wrote, and of their stream.
import type { Distribution } from "@shardline/core";

/** What its sender was told of a Kinesis record; `unknown` where it may have been stored all the same. */
export type SentOutcome = "stored" | "throttled" | "failed" | "unknown";

/** Whether the table has told how the lease stands, by taking a write or because of its condition. */
export type WriteOutcome = "answered" | "throttled" | "unknown";

/** What a producer learned of its stream. */
export type ProducerNews =
  | {
      readonly kind: "other shards";
      readonly added: readonly string[];
      readonly removed: readonly string[];
    }
  | { readonly kind: "other distribution"; readonly distribution: Distribution }
  | { readonly kind: "open shards"; readonly count: number };
