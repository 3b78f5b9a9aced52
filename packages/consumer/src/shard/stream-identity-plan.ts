// Pure: whether leases belong to the stream that is there. A stream that was deleted and created again under its name
// has the same shard ids and other sequence numbers: from an old position nothing is read, or an error without end.
import { comparePositions, isOpen, isSentinel, type Shard } from "@shardline/core";
import { isEnded, type Lease } from "../lease/lease.ts";

/** Whether a lease is known to be made for a stream created at another time; one that does not say when may be of any. */
export function isOfAnotherTime(
  { streamEpoch }: Pick<Lease, "streamEpoch">,
  epoch: number | undefined,
): boolean {
  return streamEpoch !== undefined && epoch !== undefined && streamEpoch !== epoch;
}

/** The leases that were made for a stream created at another time. */
export function leasesOfAnotherTime(leases: readonly Lease[], epoch: number): readonly Lease[] {
  return leases.filter((lease) => isOfAnotherTime(lease, epoch));
}

/** The leases of shards that the stream has not come to: the ids of shards grow. */
export function leasesBeyond(
  leases: readonly Lease[],
  listing: readonly Shard[],
): readonly Lease[] {
  if (listing.length === 0) return [];
  const newest = listing.reduce((max, { shardId }) => (shardId > max ? shardId : max), "");
  return leases.filter(({ shardId }) => shardId > newest && shardId.length === newest.length);
}

/**
 * The leases that the shards prove wrong, of those that do not say when their stream was created: with a position
 * before the shard began, or at the end of a shard that is open.
 */
export function leasesProvenWrong(
  leases: readonly Lease[],
  listing: readonly Shard[],
): readonly Lease[] {
  const shards = new Map(listing.map((shard) => [shard.shardId, shard]));
  return leases.filter((lease) => {
    const shard = shards.get(lease.shardId);
    if (shard === undefined || lease.streamEpoch !== undefined) return false;
    if (isEnded(lease)) return isOpen(shard);
    if (isSentinel(lease.checkpoint)) return false;
    const beginning = { sequenceNumber: shard.startingSequenceNumber, subSequenceNumber: 0 };
    return comparePositions(lease.checkpoint, beginning) < 0;
  });
}
