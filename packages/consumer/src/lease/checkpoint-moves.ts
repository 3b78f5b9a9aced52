// The moves of a lease that write down where its shard stands and leave it with its owner; renewals, which write the
// same along the way, are in lease-moves.ts.
import { comparePositions, type Position } from "@shardline/core";
import { type Lease, type PendingCheckpoint, pendingAfter } from "./lease.ts";
import { type LeaseMove, whileOwned } from "./lease-move.ts";

/** Writes a checkpoint, never behind the table's, and removes what was prepared up to there; a renewal as well. */
export function checkpointMove(lease: Lease, worker: string, position: Position): LeaseMove {
  const hasMoved = comparePositions(position, lease.checkpoint) > 0;
  const checkpoint = hasMoved ? position : lease.checkpoint;
  return {
    expect: whileOwned(lease, worker),
    patch: {
      counter: lease.counter + 1,
      nativeOwner: worker,
      checkpoint,
      ownerSwitches: 0,
      ...pendingAfter(lease, checkpoint),
    },
  };
}

/** Announces a checkpoint, unless it is reached already, and keeps the one that is written; a renewal as well. */
export function prepareMove(lease: Lease, worker: string, pending: PendingCheckpoint): LeaseMove {
  const isAhead = comparePositions(pending.position, lease.checkpoint) > 0;
  return {
    expect: whileOwned(lease, worker),
    patch: {
      counter: lease.counter + 1,
      nativeOwner: worker,
      ...(isAhead ? { pendingCheckpoint: pending } : {}),
    },
  };
}
