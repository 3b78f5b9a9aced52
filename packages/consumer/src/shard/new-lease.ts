// The lease of a shard that had none.
import type { HashKeyRange, Position } from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import { leaseKeyOf } from "../lease/lease-key.ts";

/** What is known of a shard that needs a lease. */
export interface LeaseSeed {
  readonly shardId: string;
  readonly parentShardIds: readonly string[];
  readonly hashKeyRange: HashKeyRange | undefined;
  readonly checkpoint: Position;
  /** Epoch milliseconds, with a checkpoint at AT_TIMESTAMP. */
  readonly initialTimestampMs?: number | undefined;
  /** Epoch milliseconds, with a checkpoint at LATEST. */
  readonly latestSinceMs?: number | undefined;
  /** Creation time of the stream, in epoch seconds. */
  readonly streamEpoch?: number | undefined;
  /** What the stream is called in a table of many streams. */
  readonly streamName?: string | undefined;
}

/** An unowned lease. */
export function newLease(seed: LeaseSeed): Lease {
  const { checkpoint, parentShardIds, shardId } = seed;
  const { hashKeyRange, initialTimestampMs, latestSinceMs, streamEpoch, streamName } = seed;
  return {
    key: leaseKeyOf(shardId, streamName),
    shardId,
    counter: 0,
    ownerSwitches: 0,
    checkpoint,
    parentShardIds,
    childShardIds: [],
    epoch: 0,
    ...(streamName === undefined ? {} : { streamName }),
    ...(hashKeyRange === undefined ? {} : { hashKeyRange }),
    ...(initialTimestampMs === undefined ? {} : { initialTimestampMs }),
    ...(latestSinceMs === undefined ? {} : { latestSinceMs }),
    ...(streamEpoch === undefined ? {} : { streamEpoch }),
  };
}
