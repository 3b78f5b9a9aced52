// Pure: a lease's checkpoint -> where to start reading its shard.
import { invariant, type IteratorStart, isSentinel } from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import type { ReadStart } from "./shard-reader.ts";

/**
 * A record's position is read again from its own record on, because the checkpoint may lie inside an aggregate.
 * LATEST is meant once: whoever continues without having seen a record continues from the time of the first take.
 */
export function readStartOf(lease: Lease, isFirstEpoch: boolean): ReadStart {
  const { checkpoint, initialTimestampMs, latestSinceMs } = lease;
  const { sequenceNumber } = checkpoint;
  if (!isSentinel(checkpoint)) return always({ type: "AT_SEQUENCE_NUMBER", sequenceNumber });
  if (sequenceNumber === "TRIM_HORIZON") return always({ type: "TRIM_HORIZON" });
  if (sequenceNumber === "AT_TIMESTAMP") {
    return always(timestampStart(initialTimestampMs) ?? { type: "TRIM_HORIZON" });
  }
  invariant(sequenceNumber === "LATEST", "a shard that has ended is not read");
  const latest: IteratorStart = { type: "LATEST" };
  const since = timestampStart(latestSinceMs) ?? latest;
  return { first: isFirstEpoch ? latest : since, again: since };
}

function timestampStart(timestampMs: number | undefined): IteratorStart | undefined {
  return timestampMs === undefined ? undefined : { type: "AT_TIMESTAMP", timestampMs };
}

function always(start: IteratorStart): ReadStart {
  return { first: start, again: start };
}
