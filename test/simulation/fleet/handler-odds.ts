// How handlers behave in a world, what its consumers are to do when they fail, and who checkpoints.
import type { Random } from "@shardline/core";

/** Probabilities are for each batch unless said otherwise. */
export interface HandlerOdds {
  /** A handler takes up to so long for a batch. */
  readonly maxHandlingMs: number;
  /** It throws. */
  readonly throws: number;
  /** It says that the batch was done in part. */
  readonly stopsShort: number;
  /** It checkpoints inside of its batch, and may throw then. */
  readonly checkpoints: number;
  /** It takes seconds. */
  readonly slow: number;
  /** It hangs for a while and heeds no signal. */
  readonly hangs: number;
  readonly maxHangMs: number;
  /** How long a worker that is told to stop waits for its handlers. */
  readonly drainMs: number;
  /**
   * What becomes of records that fail: of poison, on which it fails each time, or, where shards halt, of those with which
   * it is in trouble for a while. `"none"`: there are neither.
   */
  readonly poison: "none" | "halt" | "skip" | "dead-letter";
  /** The tries that a record has. */
  readonly maxAttempts: number;
  /** Whether the record at fault is looked for by halves. */
  readonly bisects: boolean;
  /** A halted shard rests for so long. */
  readonly haltMs: number;
  /** Where shards halt: the mean time after which a worker's handler gets into trouble with a record, and how long at most. */
  readonly troubleMs: number;
  readonly maxTroubleMs: number;
  /** An operator takes care of a shard that halts. */
  readonly tended: number;
  /** A sink takes up to so long for a letter. */
  readonly maxLetterMs: number;
  /** The sink fails, for each time that a letter is handed to it. */
  readonly sinkFails: number;
  /** Who checkpoints: the consumer, or the application after one batch of so many. */
  readonly checkpointing: "auto" | "manual";
  readonly batchesPerCheckpoint: number;
  /** The application checkpoints a record of the batch some time after it was done with the batch. */
  readonly lateCheckpoints: number;
  /** Of checkpoints: it is announced first, and then perhaps forgotten. */
  readonly prepares: number;
  /** Of turns of a shard's life at which the application is to checkpoint: it does not. */
  readonly forgets: number;
  /** Of writes that move or announce a checkpoint: the table refuses it for what it is, as if it had grown too large. */
  readonly refusedCheckpoints: number;
}

const SLOWEST_HANDLER_MS = 100;
/** How much more than everything that is put a handler manages on average: a stream may shrink to one shard. */
const HANDLER_HEADROOM = 4;
/** What a checkpoint takes that a handler waits for: some way there and back. */
const CHECKPOINT_MS = 200;
/** As a worker drains unless it is told otherwise. */
const USUAL_DRAIN_MS = 30_000;

/** Handlers that do nothing wrong. */
export const FLAWLESS_HANDLERS: HandlerOdds = {
  maxHandlingMs: 20,
  throws: 0,
  stopsShort: 0,
  checkpoints: 0,
  slow: 0,
  hangs: 0,
  maxHangMs: 0,
  drainMs: USUAL_DRAIN_MS,
  poison: "none",
  maxAttempts: 3,
  bisects: true,
  haltMs: 5000,
  troubleMs: Number.POSITIVE_INFINITY,
  maxTroubleMs: 0,
  tended: 0,
  maxLetterMs: 20,
  sinkFails: 0,
  checkpointing: "auto",
  batchesPerCheckpoint: 1,
  lateCheckpoints: 0,
  prepares: 0,
  forgets: 0,
  refusedCheckpoints: 0,
};

/** Draws them for a stream that brings a handler's batch of so many records in so much time. */
export function drawHandlerOdds(
  batchRecords: number,
  msPerBatch: number,
  random: Random,
): HandlerOdds {
  const between = (min: number, max: number): number => min + (max - min) * random.next();
  const whole = (min: number, max: number): number => Math.floor(between(min, max + 1));
  const sometimes = (share: number, max: number): number =>
    random.next() < share ? between(0, max) : 0;
  const isManual = random.next() < 1 / 3;
  const poison = (["none", "none", "halt", "skip", "dead-letter"] as const)[whole(0, 4)] ?? "none";
  const handlingMs = msPerBatch / HANDLER_HEADROOM;
  // Times are drawn from 0 on: the mean is half of the longest.
  const maxHandlingMs = Math.min(SLOWEST_HANDLER_MS, 2 * handlingMs);
  return {
    maxHandlingMs,
    throws: between(0, 0.02),
    stopsShort: sometimes(0.5, 0.05),
    checkpoints: sometimes(0.5, 0.1),
    slow: sometimes(0.3, 0.01),
    hangs: sometimes(0.3, 0.003),
    maxHangMs: 30_000,
    // A handler that hangs outlives a short one.
    drainMs: random.next() < 0.5 ? USUAL_DRAIN_MS : whole(0, 15_000),
    poison,
    // What fails by chance must not halt a shard all the time.
    maxAttempts: poison === "halt" ? whole(3, 5) : whole(1, 4),
    bisects: random.next() < 0.8,
    haltMs: whole(1000, 20_000),
    troubleMs: whole(60_000, 300_000),
    maxTroubleMs: whole(1000, 60_000),
    tended: sometimes(0.5, 0.7),
    // A batch that is not halved goes there whole.
    maxLetterMs: maxHandlingMs / batchRecords,
    sinkFails: sometimes(0.5, 0.4),
    checkpointing: isManual ? "manual" : "auto",
    batchesPerCheckpoint:
      Math.ceil((2 * CHECKPOINT_MS) / handlingMs) + whole(0, random.next() < 0.5 ? 3 : 40),
    lateCheckpoints: sometimes(0.5, 0.1),
    prepares: sometimes(0.5, 0.5),
    forgets: sometimes(0.5, 0.5),
    refusedCheckpoints: sometimes(0.3, 0.02),
  };
}
