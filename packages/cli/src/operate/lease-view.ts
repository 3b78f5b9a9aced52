// A lease as it is shown: to a person as a row, to a machine as an object.
import type { Lease } from "@shardline/consumer";
import { haltOf, type LeaseLag } from "@shardline/consumer/operate";
import { checkpointText, positionText } from "./position-text.ts";

/** A lease and what was found out about it. */
export interface LeaseView {
  readonly lease: Lease;
  readonly lag: LeaseLag;
  /** For how long its counter has stood still; `undefined` where it was seen only once. */
  readonly unchanged: { readonly ms: number; readonly isAtLeast: boolean } | undefined;
}

/** What stands above the rows. */
export const LEASE_COLUMNS: readonly string[] = [
  "SHARD",
  "OWNER",
  "CHECKPOINT",
  "LAG",
  "UNCHANGED",
  "NOTES",
];

const NOTHING = "-";

/** The cells of a lease. */
export function cellsOf({ lag, lease, unchanged }: LeaseView): readonly string[] {
  const { key, owner } = lease;
  const shownLag = lag.kind === "known" ? durationText(lag.lagMs) : lag.kind;
  const age =
    unchanged === undefined
      ? NOTHING
      : `${unchanged.isAtLeast ? ">= " : ""}${durationText(unchanged.ms)}`;
  const checkpoint = checkpointText(lease.checkpoint, lease.initialTimestampMs);
  return [key, owner ?? NOTHING, checkpoint, shownLag, age, notesOf(lease)];
}

function notesOf(lease: Lease): string {
  const { checkpointOwner, childShardIds, wantedBy } = lease;
  const haltedAt = haltOf(lease);
  const notes = [
    haltedAt === undefined ? [] : `halted at ${positionText(haltedAt)}`,
    wantedBy === undefined ? [] : `wanted by ${wantedBy}`,
    checkpointOwner === undefined ? [] : `still read by ${checkpointOwner}`,
    childShardIds.length === 0 ? [] : `children ${childShardIds.join(", ")}`,
  ];
  return notes.flat().join("; ");
}

/** All that is known, with the names of the lease table's own fields. */
export function leaseJson({ lag, lease, unchanged }: LeaseView): object {
  const { hashKeyRange, pendingCheckpoint, ...fields } = lease;
  const haltedAt = haltOf(lease);
  return {
    ...fields,
    haltedAt,
    ...(hashKeyRange && {
      hashKeyRange: { start: `${hashKeyRange.start}`, end: `${hashKeyRange.end}` },
    }),
    ...(pendingCheckpoint && { pendingCheckpoint: pendingCheckpoint.position }),
    lagMs: lag.kind === "known" ? lag.lagMs : null,
    ...(lag.kind === "unknown" ? { lagUnknown: lag.reason } : {}),
    unchangedMs: unchanged?.ms ?? null,
  };
}

/** A duration in the largest unit of which there are two. */
export function durationText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800
    ? `${Math.round(seconds / 3600)} h`
    : `${Math.round(seconds / 86_400)} days`;
}
