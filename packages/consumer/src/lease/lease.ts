// A lease is the right to read one shard, kept as an item of the lease table in the form of the KCL (2.x and
// 3.x read every item). How it changes hands: lease-moves.ts; who may move it, and when, is decided in lease-plan.ts.
import { comparePositions, type HashKeyRange, type Position, SHARD_END } from "@shardline/core";

/** A checkpoint that an application has announced and not made yet (KCL: prepareCheckpoint). */
export interface PendingCheckpoint {
  readonly position: Position;
  /** Whatever the application wants to find again. */
  readonly state?: Uint8Array;
}

/** One item of the lease table. */
export interface Lease {
  readonly key: string;
  readonly shardId: string;
  /** In tables of many streams: account, name and creation time (epoch seconds), as they stand in the key. */
  readonly streamName?: string;
  /** Version and heartbeat. */
  readonly counter: number;
  /** Absent while nobody has it. */
  readonly owner?: string;
  /** During a handoff of KCL 3.x the old owner, who still reads and checkpoints. */
  readonly checkpointOwner?: string;
  /** Changes of owner since the last checkpoint. */
  readonly ownerSwitches: number;
  readonly checkpoint: Position;
  /** The next checkpoint, whoever makes it, removes it. */
  readonly pendingCheckpoint?: PendingCheckpoint;
  readonly parentShardIds: readonly string[];
  readonly childShardIds: readonly string[];
  readonly hashKeyRange?: HashKeyRange;
  /** Epoch milliseconds that AT_TIMESTAMP stands for. */
  readonly initialTimestampMs?: number;
  /** Epoch milliseconds that LATEST stands for: from then on nothing may be missed. */
  readonly latestSinceMs?: number;
  /** Creation time of the stream, in epoch seconds: its positions mean nothing in a stream of another time. */
  readonly streamEpoch?: number;
  /** The owner, if it is one of ours: then better rules than the KCL's hold between us. */
  readonly nativeOwner?: string;
  /** Grows with each change of owner: a fencing token. */
  readonly epoch: number;
  /** One of ours that asks the owner for it. */
  readonly wantedBy?: string;
  /** On the first lease of a table: which of ours was the last to give leases up, and when. */
  readonly releaseNotice?: string;
  /** The record that the shard rests at because it keeps failing; told for those who look on, and means nothing once passed. */
  readonly haltedAt?: Position;
}

/** Everything of the shard is processed. */
export function isEnded(lease: Lease): boolean {
  return lease.checkpoint.sequenceNumber === SHARD_END.sequenceNumber;
}

/** Who reads and checkpoints. */
export function actualOwner(lease: Lease): string | undefined {
  return lease.checkpointOwner ?? lease.owner;
}

/** Whether the owner follows the KCL's rules and not ours. */
export function isForeign(lease: Lease): boolean {
  return lease.owner !== undefined && lease.owner !== lease.nativeOwner;
}

/** What a checkpoint leaves of one that was announced: that which it does not reach. */
export function pendingAfter(
  { pendingCheckpoint: pending }: Lease,
  checkpoint: Position,
): Pick<Lease, "pendingCheckpoint"> {
  const isAhead = pending !== undefined && comparePositions(pending.position, checkpoint) > 0;
  return isAhead ? { pendingCheckpoint: pending } : {};
}
