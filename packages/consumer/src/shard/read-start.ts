// Pure: a lease's checkpoint -> where to start reading its shard.
import { invariant, type IteratorStart, isSentinel } from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import type { ReadStart } from "./shard-reader.ts";
import type { StartPosition } from "./start-position.ts";

/** The time of the first start is a worker's, the time of a record is the service's: clocks differ by less. */
const CLOCK_ALLOWANCE_MS = 1000;

/**
 * A record's position is read again from its own record on, because the checkpoint may lie inside an aggregate.
 * LATEST is the time that was written down for it, so that nothing is missed that comes while the shard is being taken,
 * or before somebody continues. For the first reader whose clock is ahead it is LATEST itself: that is earlier.
 */
export function readStartOf(lease: Lease, isFirstEpoch: boolean, start: StartPosition): ReadStart {
  const { checkpoint, latestSinceMs } = lease;
  const { sequenceNumber } = checkpoint;
  if (!isSentinel(checkpoint)) return always({ type: "AT_SEQUENCE_NUMBER", sequenceNumber });
  if (sequenceNumber === "TRIM_HORIZON") return always({ type: "TRIM_HORIZON" });
  if (sequenceNumber === "AT_TIMESTAMP") return always(timestampStart(lease, start));
  invariant(sequenceNumber === "LATEST", "a shard that has ended is not read");
  const latest: IteratorStart = { type: "LATEST" };
  if (latestSinceMs === undefined) return always(latest);
  const timestampMs = latestSinceMs - CLOCK_ALLOWANCE_MS;
  const again: IteratorStart = { type: "AT_TIMESTAMP", timestampMs };
  if (isFirstEpoch) return { first: latest, again };
  const resumed = { ...always(again), sinceMs: latestSinceMs };
  return lease.epoch > 1 ? resumed : { ...resumed, ifRefused: latest };
}

/** The KCL does not write the time down: each of its workers takes the one it was configured with. */
function timestampStart({ initialTimestampMs }: Lease, start: StartPosition): IteratorStart {
  const configuredMs = start.type === "AT_TIMESTAMP" ? start.timestampMs : undefined;
  const timestampMs = initialTimestampMs ?? configuredMs;
  return timestampMs === undefined
    ? { type: "TRIM_HORIZON" }
    : { type: "AT_TIMESTAMP", timestampMs };
}

function always(start: IteratorStart): ReadStart {
  return { first: start, again: start };
}
