// Where an application begins with shards of which it knows nothing.
import { type Position, type ShardFilter, sentinelPosition } from "@shardline/core";

/** As resolved from the option `startAt`. */
export type StartPosition =
  | { readonly type: "TRIM_HORIZON" | "LATEST" }
  | { readonly type: "AT_TIMESTAMP"; readonly timestampMs: number };

/** The checkpoint of a lease that begins there. */
export function checkpointOfStart({ type }: StartPosition): Position {
  return sentinelPosition(type);
}

/** The shards with which an empty lease table begins. */
export function filterOfStart(start: StartPosition): ShardFilter {
  switch (start.type) {
    case "TRIM_HORIZON":
      return { type: "AT_TRIM_HORIZON" };
    case "LATEST":
      return { type: "AT_LATEST" };
    case "AT_TIMESTAMP":
      return { type: "AT_TIMESTAMP", timestampMs: start.timestampMs };
  }
}
