// How soon our workers notice what stands in the lease table, and have acted upon it, where nothing fails.

/** What it depends on in a world. */
export interface LeasePace {
  readonly failoverMs: number;
  /** A look at the table may tell what stood so long ago. */
  readonly maxStaleMs: number;
  /** A call and its answer are under way for so long at most. */
  readonly roundTripMs: number;
}

/** A process's clock may be slower than the world's by a hundredth, and rounds. */
const SLOWNESS = 1.011;
/** The table is looked at so often within a failover time, as the guide tells. */
const LOOKS_PER_FAILOVER = 4;
/** Calls of one pass, one after the other: for wishes, a notice, the look, what is reclaimed, what is taken, what is asked for. */
const CALLS_PER_PASS = 6;

/** A time by the clock of a worker, in the world's. */
export function atMost(ownMs: number): number {
  return ownMs * SLOWNESS;
}

/** So many passes, each from its look to the next, and the calls of the last one. */
export function passesMs(passes: number, { failoverMs, roundTripMs }: LeasePace): number {
  return passes * atMost(failoverMs / LOOKS_PER_FAILOVER) + CALLS_PER_PASS * roundTripMs;
}
