// A conditional write to a lease, as a value: what must hold, and what is set.
import { comparePositions, type HashKeyRange, type Position } from "@shardline/core";
import { actualOwner, type Lease, type PendingCheckpoint } from "./lease.ts";

const NO_STATE = new Uint8Array();

/** What must hold of an item for a write to take effect; `null` means that the attribute is absent. */
export interface LeaseExpectation {
  readonly counter?: number;
  readonly owner?: string | null;
  readonly checkpointOwner?: string | null;
  readonly checkpoint?: Position;
  readonly wantedBy?: string;
  readonly streamEpoch?: number | null;
}

/** What a write sets; `null` removes the attribute. A checkpoint removes a pending one that is not set with it. */
export interface LeasePatch {
  readonly counter?: number;
  readonly owner?: string | null;
  readonly checkpointOwner?: null;
  readonly ownerSwitches?: number;
  readonly checkpoint?: Position;
  readonly pendingCheckpoint?: PendingCheckpoint;
  /** An empty list removes the attribute. */
  readonly childShardIds?: readonly string[];
  readonly hashKeyRange?: HashKeyRange;
  readonly initialTimestampMs?: number | null;
  readonly latestSinceMs?: number | null;
  readonly nativeOwner?: string | null;
  readonly epoch?: number;
  readonly wantedBy?: string | null;
  /** Epoch milliseconds of the wish; never read back, it is there for people. */
  readonly wantedAtMs?: number | null;
  readonly haltedAt?: Position | null;
  readonly releaseNotice?: string;
}

/** A conditional write. */
export interface LeaseMove {
  readonly expect: LeaseExpectation;
  readonly patch: LeasePatch;
}

/**
 * What must hold while a worker reads and checkpoints. In a handoff of KCL 3.x that is the old owner, once it knows of
 * it; before it knows, its writes fail, and tell it.
 */
export function whileOwned(lease: Lease, worker: string): LeaseExpectation {
  const { checkpointOwner, counter, owner } = lease;
  return checkpointOwner === undefined
    ? { counter, owner: worker, checkpointOwner: null }
    : { counter, owner: owner ?? null, checkpointOwner: worker };
}

/**
 * Whether a write that was made from a lease as it stood, and whose condition failed, had in fact taken effect: its answer
 * was lost, and the condition was checked again by a repetition. Nobody else writes the same counter with the same owner,
 * except a process of the same name, and that one begins an epoch of its own.
 */
export function tookEffect({ expect, patch }: LeaseMove, from: Lease, current: Lease): boolean {
  const { checkpoint, pendingCheckpoint: pending } = patch;
  const owner = ownerAfter({ expect, patch });
  return (
    patch.counter === current.counter &&
    (patch.epoch ?? from.epoch) === current.epoch &&
    (owner === undefined || owner === (actualOwner(current) ?? null)) &&
    (checkpoint === undefined || comparePositions(checkpoint, current.checkpoint) === 0) &&
    (pending === undefined || isSamePending(pending, current.pendingCheckpoint))
  );
}

/** Who reads after a move; `null` for nobody, `undefined` where the move does not say. */
function ownerAfter({ expect, patch }: LeaseMove): string | null | undefined {
  if (patch.owner !== undefined) return patch.owner;
  return (patch.checkpointOwner === null ? null : expect.checkpointOwner) ?? expect.owner;
}

/** Whether two announce the same. */
export function isSamePending(
  one: PendingCheckpoint,
  other: PendingCheckpoint | undefined,
): boolean {
  if (other === undefined || comparePositions(one.position, other.position) !== 0) return false;
  return Buffer.compare(one.state ?? NO_STATE, other.state ?? NO_STATE) === 0;
}
