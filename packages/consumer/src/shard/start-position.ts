// Where an application begins with shards of which it knows nothing. What its first worker meant by it stands in the
// leases, and comes before what later workers are configured with: LATEST is a time that has passed, and a date that
// is made anew at each start would leave out what came in between.
import { type Position, type ShardFilter, sentinelPosition } from "@shardline/core";
import type { Lease } from "../lease/lease.ts";

/** A reshard takes about so long, or longer. */
const EARLIER_MS = [1000, 10_000, 60_000];

/** As resolved from the option `startAt`. */
export type StartPosition =
  | { readonly type: "TRIM_HORIZON" | "LATEST" }
  | { readonly type: "AT_TIMESTAMP"; readonly timestampMs: number };

/** A start that means the same whenever it is read. */
export type PinnedStart =
  | { readonly type: "TRIM_HORIZON" }
  | { readonly type: "AT_TIMESTAMP"; readonly timestampMs: number }
  | {
      readonly type: "LATEST";
      /** From then on nothing may be missed. */
      readonly sinceMs: number;
      /** Whether the application began there: there were no leases, or they remember it. Otherwise it began before. */
      readonly isOrigin: boolean;
      /** Whether an earlier look, of whichever worker, began there. */
      readonly isResumed: boolean;
    };

/** What the leases, or the worker itself from an earlier look, remember of the start; or else the start as of now. */
export function pinStart(
  start: StartPosition,
  leases: readonly Lease[],
  wallTimeMs: number,
  before?: PinnedStart,
): PinnedStart {
  switch (start.type) {
    case "TRIM_HORIZON":
      return { type: start.type };
    case "LATEST": {
      const own = before?.type === "LATEST" ? before : undefined;
      const remembered = earliest(leases.map((lease) => lease.latestSinceMs));
      const sinceMs = earliest([own?.sinceMs, remembered]) ?? wallTimeMs;
      const isResumed = remembered !== undefined || own?.isOrigin === true;
      return { type: start.type, sinceMs, isResumed, isOrigin: isResumed || leases.length === 0 };
    }
    case "AT_TIMESTAMP": {
      const pinnedMs = earliest(leases.map((lease) => lease.initialTimestampMs));
      return { type: start.type, timestampMs: pinnedMs ?? start.timestampMs };
    }
  }
}

/** The checkpoint of a lease that begins there. */
export function checkpointOfStart({ type }: Pick<PinnedStart, "type">): Position {
  return sentinelPosition(type);
}

/**
 * The shards with which an empty lease table begins. LATEST is a time as well: what was open then may be closed by now, and
 * has taken records since.
 */
export function filterOfStart(start: PinnedStart): ShardFilter {
  switch (start.type) {
    case "TRIM_HORIZON":
      return { type: "AT_TRIM_HORIZON" };
    case "LATEST":
      return { type: "AT_TIMESTAMP", timestampMs: start.sinceMs };
    case "AT_TIMESTAMP":
      return { type: "AT_TIMESTAMP", timestampMs: start.timestampMs };
  }
}

/**
 * The same, and if those do not cover every hash key once, those of earlier times: while a stream is resharded the service
 * may show a shard and its children at one time. Who begins with an older shard reads it from the start, and misses nothing.
 */
export function filtersOfStart(start: PinnedStart): readonly [ShardFilter, ...ShardFilter[]] {
  const filter = filterOfStart(start);
  if (filter.type !== "AT_TIMESTAMP") return [filter];
  const earlier = EARLIER_MS.map((ms) => ({ ...filter, timestampMs: filter.timestampMs - ms }));
  return [filter, ...earlier];
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : known.reduce((a, b) => Math.min(a, b));
}
