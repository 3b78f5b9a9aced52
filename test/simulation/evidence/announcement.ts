// The bytes that an application of a world leaves with an announced checkpoint: which one it is, so that another's shows.
import type { Position } from "@shardline/core";

/** Those of a checkpoint that is announced under a lease of some epoch. */
export function announcement(
  epoch: number,
  { sequenceNumber, subSequenceNumber }: Position,
): Uint8Array {
  return Buffer.from(`${epoch}: ${sequenceNumber}#${subSequenceNumber}`, "latin1");
}
