// A lease is the right to read one shard, kept as an item of the lease table in the form of the KCL (2.x and
// 3.x read every item). This file is the value and its moves; who may make them, and when, is decided elsewhere.
//
//            take              renew, checkpoint            release
//   unowned ------> owned by W ------------------> same ---------------> unowned
//                   owned by W -- hand over --> owned by V, who wished for it
//                   owned by W -- take, once W's counter stood still --> owned by V
//                   owned by W -- end --> ended (checkpoint SHARD_END, unowned)
//
// Every move but the wish adds one to the counter and is conditional on the counter seen before, so of two
// that start from the same state only one takes effect.
import { comparePositions, type HashKeyRange, type Position, SHARD_END } from "@shardline/core";

/** One item of the lease table. */
export interface Lease {
  readonly key: string;
  readonly shardId: string;
  /** Version and heartbeat. */
  readonly counter: number;
  /** Absent while nobody has it. */
  readonly owner?: string;
  /** During a handoff of KCL 3.x the old owner, who still reads and checkpoints. */
  readonly checkpointOwner?: string;
  /** Changes of owner since the last checkpoint. */
  readonly ownerSwitches: number;
  readonly checkpoint: Position;
  readonly parentShardIds: readonly string[];
  readonly childShardIds: readonly string[];
  readonly hashKeyRange?: HashKeyRange;
  /** Epoch milliseconds that AT_TIMESTAMP stands for. */
  readonly initialTimestampMs?: number;
  /** Epoch milliseconds of the first take of a lease at LATEST: from then on nothing may be missed. */
  readonly latestSinceMs?: number;
  /** The owner, if it is one of ours: then better rules than the KCL's hold between us. */
  readonly nativeOwner?: string;
  /** Grows with each change of owner: a fencing token. */
  readonly epoch: number;
  /** One of ours that asks the owner for it. */
  readonly wantedBy?: string;
}

/** What must hold of an item for a write to take effect; `null` means that the attribute is absent. */
export interface LeaseExpectation {
  readonly counter?: number;
  readonly owner?: string | null;
  readonly checkpointOwner?: string | null;
  readonly checkpoint?: Position;
  readonly wantedBy?: string;
}

/** What a write sets; `null` removes the attribute. */
export interface LeasePatch {
  readonly counter?: number;
  readonly owner?: string | null;
  readonly checkpointOwner?: null;
  readonly ownerSwitches?: number;
  readonly checkpoint?: Position;
  readonly childShardIds?: readonly string[];
  readonly latestSinceMs?: number;
  readonly nativeOwner?: string | null;
  readonly epoch?: number;
  readonly wantedBy?: string | null;
  /** Epoch milliseconds of the wish; never read back, it is there for people. */
  readonly wantedAtMs?: number | null;
}

/** A conditional write. */
export interface LeaseMove {
  readonly expect: LeaseExpectation;
  readonly patch: LeasePatch;
}

/** Everything of the shard is processed. */
export function isEnded(lease: Lease): boolean {
  return comparePositions(lease.checkpoint, SHARD_END) === 0;
}

/** Who reads and checkpoints. */
export function actualOwner(lease: Lease): string | undefined {
  return lease.checkpointOwner ?? lease.owner;
}

/** Whether the owner follows the KCL's rules and not ours. */
export function isForeign(lease: Lease): boolean {
  return lease.owner !== undefined && lease.owner !== lease.nativeOwner;
}

/** Takes a lease that nobody has, whose owner is silent, or that is to be stolen. */
export function takeMove(lease: Lease, worker: string, wallTimeMs: number): LeaseMove {
  const isSwitch = lease.owner !== undefined && lease.owner !== worker;
  const startsAtLatest = lease.checkpoint.sequenceNumber === "LATEST";
  return {
    expect: { counter: lease.counter },
    patch: {
      ...ownedBy(worker),
      counter: lease.counter + 1,
      epoch: lease.epoch + 1,
      checkpointOwner: null,
      ownerSwitches: lease.ownerSwitches + (isSwitch ? 1 : 0),
      ...(startsAtLatest && lease.latestSinceMs === undefined ? { latestSinceMs: wallTimeMs } : {}),
    },
  };
}

/** Keeps a lease, and writes down how far it was processed if that has changed. */
export function renewMove(lease: Lease, worker: string, checkpoint: Position): LeaseMove {
  return {
    expect: ownedExpectation(lease, worker),
    patch: { counter: lease.counter + 1, nativeOwner: worker, ...progress(lease, checkpoint) },
  };
}

/** Gives a lease up, for anybody to take, or straight to the worker that wishes for it, if it still does. */
export function releaseMove(
  lease: Lease,
  worker: string,
  checkpoint: Position,
  to?: string,
): LeaseMove {
  const next = to === undefined ? { owner: null, nativeOwner: null } : ownedBy(to);
  const wish = to === undefined ? {} : { wantedBy: to };
  return {
    expect: { ...ownedExpectation(lease, worker), ...wish },
    patch: {
      ownerSwitches: lease.ownerSwitches + (to === undefined ? 0 : 1),
      ...progress(lease, checkpoint),
      ...next,
      wantedBy: null,
      wantedAtMs: null,
      counter: lease.counter + 1,
      epoch: lease.epoch + (to === undefined ? 0 : 1),
    },
  };
}

/** Marks a shard as processed to its end, and gives it up. */
export function endMove(lease: Lease, worker: string, childShardIds: readonly string[]): LeaseMove {
  const { expect, patch } = releaseMove(lease, worker, SHARD_END);
  return { expect, patch: { ...patch, childShardIds } };
}

/** Asks one of ours for a lease. The counter stays, so that the owner's renewals go on. */
export function wishMove(lease: Lease, worker: string, wallTimeMs: number): LeaseMove {
  return {
    expect: { owner: lease.owner ?? null },
    patch: { wantedBy: worker, wantedAtMs: wallTimeMs },
  };
}

/** Takes a wish back. */
export function withdrawMove(worker: string): LeaseMove {
  return { expect: { wantedBy: worker }, patch: { wantedBy: null, wantedAtMs: null } };
}

/**
 * Whether a write whose condition failed had in fact taken effect: its answer was lost, and the condition was
 * checked again by a repetition. Nobody else writes the same counter with the same owner.
 */
export function tookEffect({ expect, patch }: LeaseMove, current: Lease): boolean {
  const owner = patch.owner === undefined ? expect.owner : patch.owner;
  return (
    patch.counter === current.counter &&
    (owner === undefined || owner === (current.owner ?? null)) &&
    (patch.checkpoint === undefined || comparePositions(patch.checkpoint, current.checkpoint) === 0)
  );
}

function ownedBy(worker: string): LeasePatch {
  return { owner: worker, nativeOwner: worker, wantedBy: null, wantedAtMs: null };
}

function ownedExpectation(lease: Lease, worker: string): LeaseExpectation {
  return { counter: lease.counter, owner: worker, checkpointOwner: null };
}

function progress(lease: Lease, checkpoint: Position): LeasePatch {
  const hasMoved = comparePositions(checkpoint, lease.checkpoint) > 0;
  return hasMoved ? { checkpoint, ownerSwitches: 0 } : {};
}
