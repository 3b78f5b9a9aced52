// One shard runner on a lease of its own, with the emulator behind it, whose calls a test may change.
import { type KinesisApi, LinkedSignal, type Position } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { onTestFinished } from "vitest";
import { type Interceptors, intercept } from "../../../../test/support/intercept.ts";
import { ByteBudget } from "../../src/batch/byte-budget.ts";
import type { BatchHandler } from "../../src/batch/handler.ts";
import type { CheckpointMode } from "../../src/checkpoint/application-checkpoints.ts";
import type { DeadLetterSink } from "../../src/handling/dead-letter.ts";
import type { FailurePolicy } from "../../src/handling/failure-plan.ts";
import { HandlingTally } from "../../src/handling/handling-tally.ts";
import type { LaneRules } from "../../src/lanes/lane-rules.ts";
import type { HeldLease } from "../../src/lease/held-lease.ts";
import type { Lease } from "../../src/lease/lease.ts";
import type { LeaseTable } from "../../src/lease/lease-table.ts";
import { PollingReader } from "../../src/polling/polling-reader.ts";
import { Breather } from "../../src/shard/breather.ts";
import { Pauses } from "../../src/shard/pauses.ts";
import type { ShardHooks } from "../../src/shard/shard-hooks.ts";
import { RecordPlacement } from "../../src/shard/record-placement.ts";
import { ShardRunner } from "../../src/shard/shard-runner.ts";
import { holdOne, type HeldOne } from "./held.ts";
import { bytesOf, textOf } from "./kinesis-records.ts";
import { nativeLease } from "./leases.ts";
import { type Tracked, track } from "./promises.ts";
import { recordEvents, type Told } from "./told.ts";

const STREAM = { name: "s" };
const POLICY = { idleMs: 1000, readsPerSecond: 4, bytesPerSecond: 2 ** 21, maxRecords: 100 };
const FAILURE_POLICY: FailurePolicy = {
  maxAttempts: 5,
  backoff: { baseMs: 200, maxMs: 30_000 },
  bisect: true,
  then: "halt",
  haltMs: 60_000,
};

export interface RunnerSetup {
  readonly lease?: Partial<Lease>;
  readonly handle?: BatchHandler;
  readonly maxRecords?: number;
  readonly hooks?: ShardHooks;
  readonly checkpoint?: CheckpointMode;
  readonly onFailure?: Partial<FailurePolicy> & { readonly deadLetter?: DeadLetterSink };
  readonly outOfRange?: "drop" | "deliver";
  readonly lanes?: LaneRules;
  readonly kinesisFaults?: Interceptors<KinesisApi>;
  readonly tableFaults?: Interceptors<LeaseTable>;
}

export interface Running extends HeldOne {
  readonly held: HeldLease;
  readonly clock: VirtualClock;
  readonly emulator: Emulator;
  readonly kinesis: KinesisApi;
  readonly runner: ShardRunner;
  readonly events: Told;
  readonly tally: HandlingTally;
  readonly budget: ByteBudget;
  readonly pauses: Pauses;
  /** Every record that the handler was given, in order. */
  readonly texts: string[];
  /** Nobody waits for anything any more. */
  readonly ending: LinkedSignal;
  /** How often the children were announced. */
  readonly endings: () => number;
  /** `earlier`: what still runs for an earlier lease of the shard. */
  readonly start: (earlier?: Promise<unknown>) => Tracked<void>;
  readonly put: (...texts: readonly string[]) => Promise<void>;
  /** Puts records, each as "key:text"; resolves with where they are. */
  readonly putKeyed: (...keyed: readonly string[]) => Promise<readonly Position[]>;
  /** Puts one Kinesis record. */
  readonly putData: (data: Uint8Array) => Promise<void>;
}

export async function newRunner(setup: RunnerSetup = {}): Promise<Running> {
  const { checkpoint = "auto", handle, hooks = {}, kinesisFaults = {}, maxRecords = 1000 } = setup;
  const {
    onFailure: { deadLetter, ...policy } = {},
    lanes,
    outOfRange = "drop",
    tableFaults = {},
  } = setup;
  const one = await holdOne(nativeLease(0, "me", setup.lease ?? {}), tableFaults);
  const { clock } = one;
  const random = new SeededRandom(1);
  const emulator = new Emulator({ clock, random, streams: { s: 2 } });
  const real = emulator.kinesis();
  const kinesis = intercept<KinesisApi>(real, kinesisFaults);
  const events = recordEvents();
  const texts: string[] = [];
  const tally = new HandlingTally();
  const ending = new LinkedSignal();
  const budget = new ByteBudget(2 ** 28);
  const pauses = new Pauses();
  let endings = 0;
  const shared = { clock, random, events: events.events };
  const handler: BatchHandler = (batch, shard) => {
    texts.push(...batch.records.map(textOf));
    return handle?.(batch, shard);
  };
  const runner = new ShardRunner(one.held, false, {
    ...shared,
    kinesis,
    stream: STREAM,
    start: { type: "TRIM_HORIZON" },
    table: intercept<LeaseTable>(one.table, tableFaults),
    budget,
    breather: new Breather(clock),
    reader: new PollingReader({
      ...shared,
      kinesis,
      stream: STREAM,
      policy: POLICY,
      tableThrottledAtMs: () => undefined,
      retentionMs: () => undefined,
    }),
    placement: new RecordPlacement({
      clock,
      kinesis,
      stream: STREAM,
      signal: ending.signal,
      onDescribed: () => undefined,
    }),
    rules: { limits: { maxRecords, maxBytes: 1e6 }, outOfRange },
    lanes,
    checkpoint,
    hooks,
    pauses,
    prefetch: { maxRecords: 1000, maxBytes: 1e6 },
    handling: {
      ...shared,
      handler,
      deadLetter,
      tally,
      policy: { ...FAILURE_POLICY, ...policy },
    },
    signal: ending.signal,
    onEnded: () => {
      endings += 1;
    },
  });
  const putAll = async (all: readonly Uint8Array[]): Promise<void> => {
    const entries = all.map((data) => ({ partitionKey: "k", explicitHashKey: "0", data }));
    await real.putRecords({ stream: STREAM, entries }, ending.signal);
  };
  onTestFinished(async () => {
    runner.abandon(new Error("the test is over"));
    ending.abort(new Error("the test is over"));
    await clock.advance(0);
  });
  return {
    ...one,
    budget,
    emulator,
    ending,
    events,
    kinesis: real,
    pauses,
    runner,
    tally,
    texts,
    endings: () => endings,
    start: (earlier) => track(runner.run(earlier)),
    put: (...added) => putAll(added.map(bytesOf)),
    putKeyed: async (...keyed) => {
      const entries = keyed.map((text) => {
        const [partitionKey = ""] = text.split(":");
        return { partitionKey, explicitHashKey: "0", data: bytesOf(text) };
      });
      const { outcomes } = await real.putRecords({ stream: STREAM, entries }, ending.signal);
      return outcomes.map((outcome) => {
        if (outcome.kind !== "stored") throw new Error(`not stored: ${outcome.kind}`);
        return { sequenceNumber: outcome.sequenceNumber, subSequenceNumber: 0 };
      });
    },
    putData: (data) => putAll([data]),
  };
}

/** Splits the runner's shard. */
export async function split({ clock, ending, kinesis }: Running): Promise<void> {
  const shardId = nativeLease(0, "me").shardId;
  const request = { stream: STREAM, shardId, newStartingHashKey: 2n ** 126n };
  await kinesis.splitShard(request, ending.signal);
  await clock.advance(10);
}

/** Merges the runner's shard with its neighbour. */
export async function merge({ clock, ending, kinesis }: Running): Promise<void> {
  const shardId = nativeLease(0, "me").shardId;
  const adjacentShardId = nativeLease(1, "me").shardId;
  await kinesis.mergeShards({ stream: STREAM, shardId, adjacentShardId }, ending.signal);
  await clock.advance(10);
}
