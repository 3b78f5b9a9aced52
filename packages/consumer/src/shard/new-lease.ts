// The lease of a shard that had none.
import type { HashKeyRange, Position, StreamRef } from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import { leaseKeyOf, type LeaseScope, streamNameOf } from "../lease/lease-key.ts";

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
}

/** An unowned lease. */
export function newLease(
  stream: StreamRef,
  seed: LeaseSeed,
  scope: LeaseScope = "one-stream",
): Lease {
  const { checkpoint, parentShardIds, shardId } = seed;
  const { hashKeyRange, initialTimestampMs, latestSinceMs, streamEpoch } = seed;
  return {
    key: leaseKeyOf(stream, shardId, scope),
    shardId,
    counter: 0,
    ownerSwitches: 0,
    checkpoint,
    parentShardIds,
    childShardIds: [],
    epoch: 0,
    ...(scope === "one-stream" ? {} : { streamName: streamNameOf(stream) }),
    ...(hashKeyRange === undefined ? {} : { hashKeyRange }),
    ...(initialTimestampMs === undefined ? {} : { initialTimestampMs }),
    ...(latestSinceMs === undefined ? {} : { latestSinceMs }),
    ...(streamEpoch === undefined ? {} : { streamEpoch }),
  };
}
