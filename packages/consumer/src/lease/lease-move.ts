// A conditional write to a lease, as a value: what must hold, and what is set.
import { comparePositions, type Position } from "@shardline/core";
import type { Lease } from "./lease.ts";

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
  /** An empty list removes the attribute. */
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
