// Pure: what a lease tells of a halt, and whether it still holds.
import { comparePositions, type Position } from "@shardline/core";
import type { Lease } from "../lease/lease.ts";

/** Where the shard is halted; what was told and has been passed since does not count. */
export function haltOf({ checkpoint, haltedAt }: Lease): Position | undefined {
  const isAhead = haltedAt !== undefined && comparePositions(haltedAt, checkpoint) > 0;
  return isAhead ? haltedAt : undefined;
}
