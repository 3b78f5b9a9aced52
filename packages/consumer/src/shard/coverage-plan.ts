// Pure: the leases there are -> the hash keys that nobody reads or will read.
import { type HashKeyRange, MAX_HASH_KEY, type Shard } from "@shardline/core";
import { isEnded, type Lease } from "../lease/lease.ts";

/**
 * The hash keys that no lease covers, in order. Leases of ended shards cover nothing, their children's do. `others`: shards
 * that have leases besides.
 */
export function holesOf(
  leases: readonly Lease[],
  others: readonly Pick<Shard, "hashKeyRange">[] = [],
): readonly HashKeyRange[] {
  const covering = [...unfinished(leases), ...others];
  const ranges = covering.flatMap(({ hashKeyRange }) => hashKeyRange ?? []);
  const sorted = ranges.sort((a, b) => (a.start < b.start ? -1 : 1));
  const holes: HashKeyRange[] = [];
  let next = 0n;
  for (const { end, start } of sorted) {
    if (start > next) holes.push({ start: next, end: start - 1n });
    // A parent may still be there beside its children, and reach further than they do.
    if (end >= next) next = end + 1n;
  }
  if (next <= MAX_HASH_KEY) holes.push({ start: next, end: MAX_HASH_KEY });
  return holes;
}

/** The leases to be read of which no range is known: the KCL 1.x wrote none. */
export function leasesWithoutRange(leases: readonly Lease[]): readonly Lease[] {
  return unfinished(leases).filter(({ hashKeyRange }) => hashKeyRange === undefined);
}

function unfinished(leases: readonly Lease[]): Lease[] {
  return leases.filter((lease) => !isEnded(lease));
}
