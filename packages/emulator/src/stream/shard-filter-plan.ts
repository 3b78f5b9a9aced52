// Pure: which shards a ShardFilter lets through. A shard lives from its creation up to, but not at, the
// moment when it closes, which is the moment when its children are created: so the shards of any one moment
// cover the hash space exactly once.
import type { Shard } from "./shard.ts";

/** The types of the service's model. */
export type FilterType =
  | "AFTER_SHARD_ID"
  | "AT_LATEST"
  | "AT_TIMESTAMP"
  | "AT_TRIM_HORIZON"
  | "FROM_TIMESTAMP"
  | "FROM_TRIM_HORIZON";

/** A filter with what its type needs. */
export interface ShardFilter {
  readonly type: FilterType;
  /** Empty unless the type is AFTER_SHARD_ID. */
  readonly shardId: string;
  /** Epoch milliseconds; 0 unless the type names a time. */
  readonly timestampMs: number;
}

/** The moment at which a listing looks at the stream: the same for each of its pages. */
export interface ListingMoment {
  /** How many shards there were by then. */
  readonly shardCount: number;
  /** The later of the trim horizon at that time and the stream's creation. */
  readonly horizonMs: number;
}

/** Whether a listing shows a shard. */
export function isListed(shard: Shard, filter: ShardFilter, moment: ListingMoment): boolean {
  if (shard.origin.index >= moment.shardCount) return false;
  const { horizonMs } = moment;
  switch (filter.type) {
    case "AFTER_SHARD_ID":
      return shard.shardId > filter.shardId;
    case "AT_LATEST":
      return closedAtMs(shard, moment) === Number.POSITIVE_INFINITY;
    case "AT_TIMESTAMP":
      return livesAt(shard, Math.max(filter.timestampMs, horizonMs), moment);
    case "AT_TRIM_HORIZON":
      return livesAt(shard, horizonMs, moment);
    case "FROM_TIMESTAMP":
      return closedAtMs(shard, moment) >= Math.max(filter.timestampMs, horizonMs);
    case "FROM_TRIM_HORIZON":
      return closedAtMs(shard, moment) >= horizonMs;
  }
}

function livesAt(shard: Shard, timeMs: number, moment: ListingMoment): boolean {
  return shard.origin.createdAtMs <= timeMs && timeMs < closedAtMs(shard, moment);
}

/** When a shard closed; Infinity if it was open at the moment of the listing. */
export function closedAtMs({ closing }: Shard, { shardCount }: ListingMoment): number {
  const isLater = closing?.children.some((child) => child.origin.index >= shardCount) ?? true;
  return isLater || closing === undefined ? Number.POSITIVE_INFINITY : closing.atMs;
}
