// One batch in the hands of the batch handler, on the virtual clock.
import { type Position, sentinelPosition } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { onTestFinished } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import type { BatchHandler, ConsumedRecord, ShardContext } from "../../src/batch/handler.ts";
import { type BatchTenure, ShardBatchHandler } from "../../src/handling/batch-handler.ts";
import type { DeadLetterSink } from "../../src/handling/dead-letter.ts";
import type { FailurePolicy } from "../../src/handling/failure-plan.ts";
import { HandlingTally } from "../../src/handling/handling-tally.ts";
import { ANY_SIGNAL } from "./held.ts";
import { range } from "./lease-views.ts";
import { type Tracked, track } from "./promises.ts";
import { recordEvents, type Told } from "./told.ts";

export const SHARD: ShardContext = {
  stream: "s",
  shardId: "shard-0",
  leaseEpoch: 1,
  signal: ANY_SIGNAL,
  checkpoint: async () => undefined,
  prepareCheckpoint: () => Promise.reject(new Error("no lease stands behind this shard")),
};

const POLICY: FailurePolicy = {
  maxAttempts: 3,
  backoff: { baseMs: 200, maxMs: 30_000 },
  bisect: true,
  then: "halt",
  haltMs: 60_000,
};

export interface HandlingSetup {
  /** Records 1 to so many. */
  readonly records?: number;
  /** How old the nth record is. */
  readonly ageMs?: (n: number) => number;
  readonly isMalformed?: boolean;
  readonly policy?: Partial<FailurePolicy>;
  readonly deadLetter?: DeadLetterSink;
  readonly shard?: Partial<ShardContext>;
  readonly tenure?: Partial<BatchTenure>;
}

export interface Handling {
  readonly clock: VirtualClock;
  readonly told: Told;
  readonly tally: HandlingTally;
  readonly work: Tracked<void>;
  /** The numbers of the records of each try, in order. */
  readonly tries: number[][];
  /** The numbers up to which records are done, as told, in order. */
  readonly done: string[];
  /** Where the shard came to rest, and `undefined` where it went on, in order. */
  readonly halts: (string | undefined)[];
  /** Up to where records are in the handler's hand. */
  readonly inHand: () => string | undefined;
  readonly batches: ShardBatchHandler;
}

/** Hands a batch to a handler. */
export function handle(handler: BatchHandler, setup: HandlingSetup = {}): Handling {
  const { ageMs = () => 0, deadLetter, isMalformed = false, policy, records = 1, shard } = setup;
  const clock = quietClock();
  const ending = new AbortController();
  onTestFinished(async () => {
    ending.abort(new Error("the test is over"));
    await clock.advance(0);
  });
  const told = recordEvents();
  const tally = new HandlingTally();
  const tries: number[][] = [];
  const done: string[] = [];
  const halts: (string | undefined)[] = [];
  let inHand: Position | undefined;
  const noting: BatchHandler = (batch, context) => {
    tries.push(batch.records.map(({ sequenceNumber }) => Number(sequenceNumber)));
    return handler(batch, context);
  };
  const tenure: BatchTenure = {
    untilSignal: ending.signal,
    untilTurn: async () => undefined,
    check: () => undefined,
    checkpointed: () => sentinelPosition("TRIM_HORIZON"),
    onInHand: (upTo) => {
      inHand = upTo;
    },
    onHalted: (at) => halts.push(at?.sequenceNumber),
    onDone: (upTo, how) => done.push(`${how} ${upTo.sequenceNumber}`),
    ...setup.tenure,
  };
  const random = new SeededRandom(1);
  const batches = new ShardBatchHandler({ ...SHARD, ...shard }, tenure, {
    clock,
    deadLetter,
    random,
    tally,
    handler: noting,
    policy: { ...POLICY, ...policy },
    events: told.events,
  });
  const nowMs = clock.wallTimeMs();
  const all = range(records).map((i) => recordOf(i + 1, nowMs - ageMs(i + 1)));
  const batch = { records: all, millisBehindLatest: 40 };
  const upTo = { sequenceNumber: String(records), subSequenceNumber: 0 };
  const built = { batch, bytes: records, isMalformed, outOfRange: 0, upTo };
  const work = track(batches.handle(built));
  return {
    batches,
    clock,
    done,
    halts,
    tally,
    told,
    tries,
    work,
    inHand: () => inHand?.sequenceNumber,
  };
}

/** A handler that throws while one of these records is in its batch. */
export function poisonedBy(...numbers: readonly number[]): BatchHandler {
  return ({ records }) => {
    const bad = records.find(({ sequenceNumber }) => numbers.includes(Number(sequenceNumber)));
    if (bad !== undefined) throw new Error(`poisoned by ${bad.sequenceNumber}`);
  };
}

/** Throws so many times, then returns. */
export function failing(times: number): BatchHandler {
  let calls = 0;
  return () => {
    calls += 1;
    if (calls <= times) throw new Error(`failure ${calls}`);
  };
}

function recordOf(n: number, arrivedAtMs: number): ConsumedRecord {
  return {
    sequenceNumber: String(n),
    subSequenceNumber: 0,
    partitionKey: `k${n}`,
    arrivedAtMs,
    isOutOfRange: false,
    data: new Uint8Array([n]),
  };
}
