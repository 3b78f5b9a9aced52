// What a reader brings.
import type { ChildShard, KinesisRecord } from "@shardline/core";

/** One answer to a read. */
export interface Fetch {
  readonly records: readonly KinesisRecord[];
  readonly millisBehindLatest: number;
  readonly next: FetchNext;
}

/** How it goes on after a fetch. */
export type FetchNext =
  | { readonly kind: "more" }
  /** The shard is closed, and this was its last record. */
  | { readonly kind: "shard-end"; readonly childShards: readonly ChildShard[] }
  /** The shard does not exist any more: it aged out, or its stream was deleted. */
  | { readonly kind: "shard-gone" };
