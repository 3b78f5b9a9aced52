// How many records of a shard our workers handle at a time, in which order, and how these come to the application.
import type { Random } from "@shardline/core";
import type { RecordOrdering } from "@shardline/consumer";
import type { HandlerOdds } from "./handler-odds.ts";

export interface ConcurrencyOdds {
  /** Calls at a time, for each shard. */
  readonly concurrency: number;
  readonly ordering: RecordOrdering;
  /** By a handler of batches or of records, or pulled. */
  readonly by: "processBatch" | "processRecord" | "batches";
  readonly windowRecords: number;
  readonly windowBytes: number;
  readonly windowSpanRecords: number;
  /** Of those that pull batches and are told to stop: they leave the loop. */
  readonly leaves: number;
}

/** As a consumer is unless it is told otherwise. */
export const ONE_AT_A_TIME: ConcurrencyOdds = {
  concurrency: 1,
  ordering: "shard",
  by: "processBatch",
  windowRecords: 10_000,
  windowBytes: 16_777_216,
  windowSpanRecords: 100_000,
  leaves: 0,
};

/** Of the worlds. */
const SIDE_BY_SIDE = 1 / 3;
const MAX_CONCURRENCY = 16;

/** Draws them: most worlds have one call at a time. */
export function drawConcurrencyOdds(random: Random): ConcurrencyOdds {
  const whole = (min: number, max: number): number =>
    Math.floor(min + (max + 1 - min) * random.next());
  const pick = <const Value>(values: readonly [Value, ...Value[]]): Value =>
    values[whole(0, values.length - 1)] ?? values[0];
  if (random.next() >= SIDE_BY_SIDE) return ONE_AT_A_TIME;
  const ordering = pick(["shard", "partition-key", "partition-key", "partition-key", "none"]);
  const by = pick(
    ordering === "shard"
      ? ["processRecord", "batches"]
      : ["processBatch", "processRecord", "batches"],
  );
  const leaves = by === "batches" && random.next() < 0.5 ? 1 : 0;
  if (ordering === "shard") return { ...ONE_AT_A_TIME, by, leaves };
  const concurrency = whole(2, MAX_CONCURRENCY);
  const isNarrow = random.next() < 0.5;
  const windowRecords = isNarrow
    ? whole(concurrency, 20 * concurrency)
    : ONE_AT_A_TIME.windowRecords;
  return {
    concurrency,
    ordering,
    by,
    windowRecords,
    windowBytes: random.next() < 0.3 ? whole(1000, 100_000) : ONE_AT_A_TIME.windowBytes,
    windowSpanRecords: isNarrow ? whole(1, 5) * windowRecords : ONE_AT_A_TIME.windowSpanRecords,
    leaves,
  };
}

/** What a worker's calls have in common with those of others: the batches, and the keys of their records. */
interface Calls {
  /** Records of a batch at most. */
  readonly batchRecords: number;
  /** Of all producers. */
  readonly keys: number;
}

/**
 * The handlers of a worker, which are drawn for batches: a call that gets few records, perhaps one, takes less time and fails
 * less often, as long as no others are made beside it, so that as much is handled in all.
 */
export function handlersPerCall(
  handlers: HandlerOdds,
  { by, concurrency, ordering }: ConcurrencyOdds,
  { batchRecords, keys }: Calls,
): HandlerOdds {
  if (ordering === "shard" && by !== "processRecord") return handlers;
  const beside = ordering === "none" ? concurrency : Math.min(concurrency, keys);
  const share = Math.min(1, Math.max(1, beside / 2) / batchRecords);
  const { batchesPerCheckpoint, maxHandlingMs, ...odds } = handlers;
  return {
    ...odds,
    maxHandlingMs: maxHandlingMs * share,
    throws: odds.throws * share,
    stopsShort: odds.stopsShort * share,
    checkpoints: odds.checkpoints * share,
    slow: odds.slow * share,
    hangs: odds.hangs * share,
    batchesPerCheckpoint: Math.ceil(batchesPerCheckpoint / share),
  };
}
