// How often what goes wrong in one world: drawn from its seed and printed before anything else.
import type { Random } from "@shardline/core";

/** Probabilities for each call, and mean times between events of the world. */
export interface Odds {
  readonly workers: number;
  readonly shards: number;
  readonly putsPerSecond: number;
  /** User records of one batch at most: small ones end inside aggregates. */
  readonly batchRecords: number;
  /** A handler takes up to so long for a batch. */
  readonly maxHandlingMs: number;
  /** Each way, in ms. */
  readonly maxLatencyMs: number;
  /** The request never arrives. */
  readonly lostRequest: number;
  /** The request takes effect, its answer never arrives. */
  readonly lostAnswer: number;
  readonly meanMsBetweenCrashes: number;
  readonly meanMsBetweenRestarts: number;
  readonly meanMsBetweenReshards: number;
  /** A process stands still for a while, perhaps longer than its leases last. */
  readonly meanMsBetweenPauses: number;
}

const SLOWEST_HANDLER_MS = 100;
/** How much more than everything that is put a handler manages on average: a stream may shrink to one shard. */
const HANDLER_HEADROOM = 4;

/** Draws the odds of a world. */
export function drawOdds(random: Random): Odds {
  const between = (min: number, max: number): number => min + (max - min) * random.next();
  const workers = Math.floor(between(1, 7));
  const shards = Math.floor(between(1, 7));
  const putsPerSecond = Math.floor(between(5, 60));
  const batchRecords = Math.floor(between(1, 30));
  const msPerBatch = (1000 * batchRecords) / putsPerSecond;
  return {
    workers,
    shards,
    putsPerSecond,
    batchRecords,
    // Times are drawn from 0 on: the mean is half of the longest.
    maxHandlingMs: Math.min(SLOWEST_HANDLER_MS, (2 * msPerBatch) / HANDLER_HEADROOM),
    maxLatencyMs: Math.floor(between(1, 200)),
    lostRequest: between(0, 0.03),
    lostAnswer: between(0, 0.03),
    meanMsBetweenCrashes: Math.floor(between(30_000, 200_000)),
    meanMsBetweenRestarts: Math.floor(between(30_000, 200_000)),
    meanMsBetweenReshards: Math.floor(between(30_000, 150_000)),
    meanMsBetweenPauses: Math.floor(between(30_000, 200_000)),
  };
}

/** The time to the next event of a kind that comes by chance. */
export function drawDelayMs(meanMs: number, random: Random): number {
  return -Math.log(1 - random.next()) * meanMs;
}
