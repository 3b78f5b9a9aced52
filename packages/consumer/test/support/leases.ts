// Leases and shards by number, so that a test says only what matters to it.
import { MAX_HASH_KEY, type Position, type Shard, sentinelPosition } from "@shardline/core";
import type { Lease } from "../../src/lease/lease.ts";

/** The id of the nth shard. */
export function shardIdOf(index: number): string {
  return `shardId-${String(index).padStart(12, "0")}`;
}

/** An unowned lease of the nth shard at TRIM_HORIZON. */
export function leaseOf(index: number, fields: Partial<Lease> = {}): Lease {
  const shardId = shardIdOf(index);
  return {
    key: shardId,
    shardId,
    counter: 0,
    ownerSwitches: 0,
    checkpoint: sentinelPosition("TRIM_HORIZON"),
    parentShardIds: [],
    childShardIds: [],
    epoch: 0,
    ...fields,
  };
}

/** A lease of one of our own workers. */
export function nativeLease(index: number, worker: string, fields: Partial<Lease> = {}): Lease {
  return leaseOf(index, { owner: worker, nativeOwner: worker, ...fields });
}

/** A lease of a worker of the KCL. */
export function foreignLease(index: number, worker: string, fields: Partial<Lease> = {}): Lease {
  return leaseOf(index, { owner: worker, ...fields });
}

export function positionOf(sequenceNumber: number | string, subSequenceNumber = 0): Position {
  return { sequenceNumber: String(sequenceNumber), subSequenceNumber };
}

/** How a test describes a shard: born and closed at some sequence number, with parents by number. */
export interface ShardSketch {
  readonly born?: number;
  readonly closed?: number;
  readonly parents?: readonly number[];
  readonly range?: readonly [start: bigint, end: bigint];
}

/** The nth shard. */
export function shardOf(index: number, sketch: ShardSketch = {}): Shard {
  const { born = index, closed, parents = [], range = [0n, MAX_HASH_KEY] } = sketch;
  const [first, second] = parents.map(shardIdOf);
  return {
    shardId: shardIdOf(index),
    hashKeyRange: { start: range[0], end: range[1] },
    startingSequenceNumber: String(1000 + born),
    ...(closed === undefined ? {} : { endingSequenceNumber: String(1000 + closed) }),
    ...(first === undefined ? {} : { parentShardId: first }),
    ...(second === undefined ? {} : { adjacentParentShardId: second }),
  };
}
