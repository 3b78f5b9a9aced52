// What a worker of the KCL 2.x knows of a lease beside its item, and what it writes to it (DynamoDBLeaseSerializer):
// every write expects the counter alone, and leaves what it does not know as it is.
import type { Lease, LeaseMove } from "@shardline/consumer";
import { SHARD_END } from "@shardline/core";

/** A lease, and when its counter was seen to change, or was changed by the worker itself. */
export interface SeenLease {
  readonly lease: Lease;
  readonly renewedAtMs: number;
}

/** The KCL writes 0 for it, on a clock that counts from the start of the machine. */
export const NEVER_RENEWED: number = Number.NEGATIVE_INFINITY;

export function isExpired({ renewedAtMs }: SeenLease, failoverMs: number, nowMs: number): boolean {
  return nowMs - renewedAtMs > failoverMs;
}

/** Everything of the shard was read. */
export function isCompleted({ checkpoint }: Lease): boolean {
  return checkpoint.sequenceNumber === SHARD_END.sequenceNumber;
}

/** Takes or steals; from itself, too, without counting a change of owner. */
export function taking(lease: Lease, worker: string): LeaseMove {
  const isSwitch = lease.owner !== undefined && lease.owner !== worker;
  const ownerSwitches = lease.ownerSwitches + (isSwitch ? 1 : 0);
  return {
    expect: { counter: lease.counter },
    patch: { ...next(lease), owner: worker, ownerSwitches },
  };
}

export function renewing(lease: Lease): LeaseMove {
  return { expect: { counter: lease.counter }, patch: next(lease) };
}

/** Writes what the worker holds in memory: the checkpoint, which takes one that was prepared away, and what is known. */
export function updating(lease: Lease): LeaseMove {
  const { checkpoint, childShardIds, counter, hashKeyRange, ownerSwitches } = lease;
  const children = childShardIds.length > 0 ? { childShardIds } : {};
  const range = hashKeyRange === undefined ? {} : { hashKeyRange };
  const patch = { ...next(lease), checkpoint, ownerSwitches, ...children, ...range };
  return { expect: { counter }, patch };
}

function next({ counter }: Lease): { readonly counter: number } {
  return { counter: counter + 1 };
}
