// Pure: the configured start and the leases -> the shards that do not care for it.
import type { Lease } from "../lease/lease.ts";
import type { StartPosition } from "./start-position.ts";

/** Shards that begin at another time than the one that is configured. */
export interface IgnoredStart {
  readonly shardIds: readonly string[];
  /** The earliest time that was written down. */
  readonly initialTimestampMs: number | undefined;
}

/** The shards whose leases were created for another start, and were not checkpointed since. */
export function ignoredStart(
  start: StartPosition,
  leases: readonly Lease[],
): IgnoredStart | undefined {
  const configuredMs = start.type === "AT_TIMESTAMP" ? start.timestampMs : undefined;
  const elsewhere = leases.filter(({ checkpoint, initialTimestampMs }) => {
    if (checkpoint.sequenceNumber !== "AT_TIMESTAMP") return false;
    // The KCL does not write the time down: each of its workers takes the one it was configured with.
    return initialTimestampMs === undefined
      ? configuredMs === undefined
      : initialTimestampMs !== configuredMs;
  });
  if (elsewhere.length === 0) return undefined;
  const times = elsewhere.flatMap((lease) => lease.initialTimestampMs ?? []);
  const earliest = times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
  return {
    shardIds: elsewhere.map(({ shardId }) => shardId),
    initialTimestampMs: earliest,
  };
}
