// Pure: a lease's checkpoint -> where the first record is that was not handled.
import { type IteratorStart, isSentinel, type Position } from "@shardline/core";
import type { Lease } from "../lease/lease.ts";

/** `undefined` where the time that a sentinel stands for is not written down. */
export function lagReadStartOf(
  { checkpoint, initialTimestampMs, latestSinceMs }: Lease,
  haltedAt: Position | undefined,
): IteratorStart | undefined {
  // Inside an aggregate it is the record of the checkpoint itself.
  if (haltedAt !== undefined && !isSentinel(haltedAt)) {
    return { type: "AT_SEQUENCE_NUMBER", sequenceNumber: haltedAt.sequenceNumber };
  }
  const { sequenceNumber } = checkpoint;
  switch (sequenceNumber) {
    case "TRIM_HORIZON":
      return { type: "TRIM_HORIZON" };
    case "LATEST":
      return atTime(latestSinceMs);
    case "AT_TIMESTAMP":
      return atTime(initialTimestampMs);
    default:
      return { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber };
  }
}

function atTime(timestampMs: number | undefined): IteratorStart | undefined {
  return timestampMs === undefined ? undefined : { type: "AT_TIMESTAMP", timestampMs };
}
