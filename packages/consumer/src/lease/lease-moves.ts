// The moves of a lease. Who may make them, and when, is decided elsewhere.
//
//            take              renew, checkpoint            release
//   unowned ------> owned by W ------------------> same ---------------> unowned
//                   owned by W -- hand over --> owned by V, who wished for it
//                   owned by W -- take, once W's counter stood still --> owned by V
//                   owned by W -- end --> ended (checkpoint SHARD_END, unowned)
//
// Every move but the wish adds one to the counter and is conditional on the counter seen before, so of two
// that start from the same state only one takes effect.
import { comparePositions, type Position, SHARD_END } from "@shardline/core";
import { type Lease, pendingAfter } from "./lease.ts";
import { type LeaseMove, type LeasePatch, whileOwned } from "./lease-move.ts";

const UNCHANGED: LeasePatch = Object.freeze({});

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

/** Keeps a lease, and writes down how far it was processed, and where it is halted, if that has changed. */
export function renewMove(
  lease: Lease,
  worker: string,
  checkpoint: Position,
  haltedAt?: Position,
): LeaseMove {
  const expect = whileOwned(lease, worker);
  const patch = { counter: lease.counter + 1, nativeOwner: worker };
  const reached = progress(lease, checkpoint);
  const rest = halt(lease, haltedAt);
  // Of shards that rest there may be thousands, and they are renewed all the time.
  if (reached === UNCHANGED && rest === UNCHANGED) return { expect, patch };
  return { expect, patch: { ...patch, ...reached, ...rest } };
}

/** Takes a lease back that is ours by the table, though not in this process: in a new epoch, like any other take. */
export function reclaimMove(lease: Lease, worker: string): LeaseMove {
  const { expect, patch } = renewMove(lease, worker, lease.checkpoint);
  return { expect, patch: { ...patch, epoch: lease.epoch + 1 } };
}

/**
 * Gives a lease up, for anybody to take, or straight to the worker that wishes for it, if it still does. In a handoff
 * of KCL 3.x it goes to the owner that stands there already.
 */
export function releaseMove(
  lease: Lease,
  worker: string,
  checkpoint: Position,
  to?: string,
): LeaseMove {
  if (lease.checkpointOwner !== undefined) return handoffMove(lease, worker, checkpoint);
  const next = to === undefined ? { owner: null, nativeOwner: null } : ownedBy(to);
  const wish = to === undefined ? {} : { wantedBy: to };
  const reached = progress(lease, checkpoint);
  const switches = reached.ownerSwitches ?? lease.ownerSwitches;
  return {
    expect: { ...whileOwned(lease, worker), ...wish },
    patch: {
      ...reached,
      ownerSwitches: switches + (to === undefined ? 0 : 1),
      ...next,
      wantedBy: null,
      wantedAtMs: null,
      counter: lease.counter + 1,
      epoch: lease.epoch + (to === undefined ? 0 : 1),
    },
  };
}

/** Marks a shard as processed to its end, and gives it up. Children that are noted already stay if none are named. */
export function endMove(lease: Lease, worker: string, childShardIds: readonly string[]): LeaseMove {
  const { expect, patch } = releaseMove(lease, worker, SHARD_END);
  return childShardIds.length === 0
    ? { expect, patch }
    : { expect, patch: { ...patch, childShardIds } };
}

function handoffMove(lease: Lease, worker: string, checkpoint: Position): LeaseMove {
  const reached = progress(lease, checkpoint);
  return {
    expect: whileOwned(lease, worker),
    patch: {
      ...reached,
      counter: lease.counter + 1,
      checkpointOwner: null,
      ownerSwitches: (reached.ownerSwitches ?? lease.ownerSwitches) + 1,
    },
  };
}

function ownedBy(worker: string): LeasePatch {
  return { owner: worker, nativeOwner: worker, wantedBy: null, wantedAtMs: null };
}

function halt({ haltedAt: told }: Lease, haltedAt: Position | undefined): LeasePatch {
  if (told === undefined && haltedAt === undefined) return UNCHANGED;
  const isTold =
    told !== undefined && haltedAt !== undefined && comparePositions(told, haltedAt) === 0;
  return isTold ? UNCHANGED : { haltedAt: haltedAt ?? null };
}

function progress(lease: Lease, checkpoint: Position): LeasePatch {
  const hasMoved = comparePositions(checkpoint, lease.checkpoint) > 0;
  return hasMoved
    ? { checkpoint, ownerSwitches: 0, ...pendingAfter(lease, checkpoint) }
    : UNCHANGED;
}
