// Pure: which old ranges share hash keys with which new ones. One pass over both in order: with thousands of shards,
// comparing each with each would take seconds.
import type { HashKeyRange } from "@shardline/core";

interface HasRange {
  readonly range: HashKeyRange;
}

interface HasTarget {
  readonly target: HasRange;
}

/** For each of some ranges that lie side by side, in order, those of the old that overlap it; nothing if none does. */
export function overlapsOf<New extends HasRange, Old extends HasTarget>(
  tiles: readonly New[],
  old: readonly Old[],
): Map<New, Old[]> {
  const overlaps = new Map<New, Old[]>();
  if (old.length === 0) return overlaps;
  const coming = [...old].sort((a, b) => (a.target.range.start < b.target.range.start ? -1 : 1));
  let next = 0;
  let present: Old[] = [];
  for (const tile of tiles) {
    const { start, end } = tile.range;
    present = present.filter(({ target }) => target.range.end >= start);
    for (let one = coming[next]; one && one.target.range.start <= end; one = coming[next]) {
      present.push(one);
      next += 1;
    }
    if (present.length > 0) overlaps.set(tile, present);
  }
  return overlaps;
}
