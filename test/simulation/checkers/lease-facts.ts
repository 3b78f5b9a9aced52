// What checkers read off a lease, in words of their own: the product's would hide what they get wrong.
import { comparePositions, type Position, SHARD_END } from "@shardline/core";
import type { Lease } from "@shardline/consumer";

/** Everything of the shard is processed. */
export function isEnded({ checkpoint }: Lease): boolean {
  return checkpoint.sequenceNumber === SHARD_END.sequenceNumber;
}

/** Who reads the shard: in a handoff of the KCL 3.x that is still the old owner. */
export function readerOf(lease: Lease | undefined): string | undefined {
  return lease?.checkpointOwner ?? lease?.owner;
}

/** Whether two positions are one, or both are absent. */
export function isSamePlace(one: Position | undefined, other: Position | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return comparePositions(one, other) === 0;
}

/** A position in few words. */
export function placeText({ sequenceNumber, subSequenceNumber }: Position): string {
  return `${sequenceNumber}#${subSequenceNumber}`;
}
