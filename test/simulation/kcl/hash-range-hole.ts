// Whether leases that have not ended cover the stream, as the KCL 2.x sees it (PeriodicShardSyncManager,
// `checkForHoleInHashKeyRanges`). Overlaps are fine; of holes it finds the first.
import type { Lease } from "@shardline/consumer";
import { type HashKeyRange, MAX_HASH_KEY } from "@shardline/core";

/** Names the ranges on both sides of the first hole, so that the same hole has the same name; `undefined` for none. */
export function firstHole(leases: readonly Lease[]): string | undefined {
  const ranges = leases.flatMap(({ hashKeyRange }) => hashKeyRange ?? []).sort(inOrder);
  const [first] = ranges;
  const last = ranges.at(-1);
  if (first === undefined || last === undefined) return "nothing";
  if (first.start !== 0n || last.end !== MAX_HASH_KEY) return nameOf(first, last);
  let leftmost = first;
  let end = first.end;
  for (const right of ranges.slice(1)) {
    const distance = right.start - end;
    if (distance > 1n) return nameOf(leftmost, right);
    if (distance === 1n) {
      leftmost = right;
      end = right.end;
    } else if (right.end > end) end = right.end;
  }
  return undefined;
}

function inOrder(a: HashKeyRange, b: HashKeyRange): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  if (a.end !== b.end) return a.end < b.end ? -1 : 1;
  return 0;
}

function nameOf(left: HashKeyRange, right: HashKeyRange): string {
  return `${left.start}-${left.end} to ${right.start}-${right.end}`;
}
