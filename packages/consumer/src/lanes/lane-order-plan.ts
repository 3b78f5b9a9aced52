// Pure: lanes that rest -> the one whose record comes first in the shard.
import { comparePositions, type Position } from "@shardline/core";

/** `undefined` if there is none. */
export function firstOf<Resting extends { readonly haltedAt: Position | undefined }>(
  lanes: Iterable<Resting>,
): Resting | undefined {
  let first: Resting | undefined;
  for (const lane of lanes) if (first === undefined || isBefore(lane, first)) first = lane;
  return first;
}

function isBefore(
  { haltedAt: a }: { readonly haltedAt: Position | undefined },
  { haltedAt: b }: { readonly haltedAt: Position | undefined },
): boolean {
  return a !== undefined && b !== undefined && comparePositions(a, b) < 0;
}
