// How often what goes wrong in one world: drawn from its seed and printed before anything else.
import type { Random } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import {
  type ConcurrencyOdds,
  drawConcurrencyOdds,
  ONE_AT_A_TIME,
} from "./fleet/concurrency-odds.ts";
import { drawHandlerOdds, type HandlerOdds } from "./fleet/handler-odds.ts";
import { drawPushOdds, type PushOdds, SOUND_PUSHES } from "./faults/push-odds.ts";
import { drawWireOdds, type WireOdds } from "./faults/wire-faults.ts";
import { drawProducerOdds, type ProducerOdds, putsPerSecondOf } from "./fleet/producer-odds.ts";
import {
  drawStreamOdds,
  MAX_OPEN_SHARDS,
  ONE_STREAM,
  type StreamOdds,
} from "./faults/stream-odds.ts";

/** Probabilities are for each call; times between events are means, Infinity for never. */
export interface Odds {
  readonly fleet: FleetOdds;
  readonly producers: ProducerOdds;
  readonly handlers: HandlerOdds;
  readonly concurrency: ConcurrencyOdds;
  readonly network: NetworkOdds;
  readonly kinesis: KinesisOdds;
  readonly table: TableOdds;
  readonly incidents: IncidentOdds;
  readonly kcl: KclOdds;
  readonly reading: ReadingOdds;
  readonly push: PushOdds;
  readonly application: ApplicationOdds;
  readonly wire: WireOdds;
  readonly recreation: RecreationOdds;
  readonly streams: StreamOdds;
}

export interface FleetOdds {
  readonly workers: number;
  /** User records of one batch at most: small ones end inside aggregates. */
  readonly batchRecords: number;
  /** A process's clock runs so much faster or slower at most, as a share. */
  readonly maxDrift: number;
  readonly maxWallSkewMs: number;
  /** A worker that is gone comes back under its name: so it is where ids are fixed. */
  readonly keepsName: number;
}

export interface NetworkOdds {
  /** Each way, in ms. */
  readonly maxLatencyMs: number;
  /** The request never arrives. */
  readonly lostRequest: number;
  /** The request takes effect, its answer never arrives. */
  readonly lostAnswer: number;
  /** The request arrives after its sender has given it up. */
  readonly lateRequest: number;
  /** The request arrives a second time, later. */
  readonly repeatedRequest: number;
  /** It takes seconds, perhaps longer than its sender waits. */
  readonly slowCall: number;
  /** The lease table refuses, for want of throughput. */
  readonly throttledTable: number;
}

export interface KinesisOdds {
  readonly shards: number;
  /** The service places records itself, whatever their keys. */
  readonly isServiceManaged: boolean;
  /** How long a reshard takes. */
  readonly updateMs: number;
  /** A carrier of a call is refused, by its shard's limits or by a fault within. */
  readonly refusedCarrier: number;
  readonly throttledRead: number;
  readonly sparseRead: number;
  readonly internalFailure: number;
  /** A listing tells what the shards were so long ago. */
  readonly staleListing: number;
  readonly staleMs: number;
}

export interface TableOdds {
  /** Somebody deletes the lease of a child that nobody has begun to read, when its last parent is done. */
  readonly deletedLease: number;
  /** A read that is not consistent tells at least what stood so long ago. */
  readonly maxStaleMs: number;
}

export interface ReadingOdds {
  /** How shards are read, by every worker of ours. */
  readonly mode: "polling" | "fan-out" | "auto";
  /** Of a shard, by one worker. */
  readonly readsPerSecond: number;
  /** What a worker may have fetched and not handled. */
  readonly bufferedBytes: number;
}

/** Mean times between what befalls the world. */
export interface IncidentOdds {
  readonly crashMs: number;
  readonly restartMs: number;
  readonly pauseMs: number;
  readonly reshardMs: number;
  readonly producerCrashMs: number;
  readonly producerPauseMs: number;
  /** A producer is closed, and another one takes its place. */
  readonly producerRestartMs: number;
  /** All iterators that were handed out expire. */
  readonly expiryMs: number;
  /** A service is away or refuses most calls, for a while. */
  readonly stormMs: number;
  /** Every worker is restarted, one after the other. */
  readonly rolloutMs: number;
}

export interface RecreationOdds {
  /** Mean time until the stream is deleted, to be created again. */
  readonly everyMs: number;
  /** It is gone for so long at most. */
  readonly maxAwayMs: number;
}

/** How the consumer is set up. */
export interface ApplicationOdds {
  /** Where it begins; a time stands for the beginning of the world. */
  readonly startAt: "TRIM_HORIZON" | "AT_TIMESTAMP" | "LATEST";
}

export interface KclOdds {
  /** Workers of the KCL beside ours; most worlds have none. */
  readonly workers: number;
}

/** More than any world has. */
export const AMPLE_BYTES = 256 * 1024 * 1024;

/** So that the share of each of so many shards as a world may come to holds more than one Kinesis record. */
const SHARDS_BYTES = 12 * 1000;

/** Of the worlds that can be: about one in ten of all. */
const RECREATED = 1 / 6;

/** Of all worlds: in the others shards are polled. */
const SUBSCRIBED = 1 / 3;

/** Draws the odds of a world. */
export function drawOdds(random: SeededRandom): Odds {
  const between = (min: number, max: number): number => min + (max - min) * random.next();
  const whole = (min: number, max: number): number => Math.floor(between(min, max + 1));
  /** Most worlds are spared a fault, so that the others show what it does alone. */
  const sometimes = (share: number, max: number): number =>
    random.next() < share ? between(0, max) : 0;
  const batchRecords = whole(1, 30);
  const isServiceManaged = random.next() < 0.07;
  const producers = drawProducerOdds(isServiceManaged, random);
  const msPerBatch = (1000 * batchRecords) / putsPerSecondOf(producers);
  const fleet = {
    // Most as large as they may be: in those the most moves, and a further worker costs less than the first.
    workers: random.next() < 0.3 ? whole(1, 5) : 6,
    batchRecords,
    maxDrift: 0.01,
    maxWallSkewMs: sometimes(0.3, 60_000),
    keepsName: sometimes(0.4, 1),
  };
  // LATEST is told by a worker's clock: to one that is wrong by more than a second nothing is promised.
  const starts = ["TRIM_HORIZON", "AT_TIMESTAMP", "LATEST"] as const;
  const startsThere = fleet.maxWallSkewMs === 0 ? starts.length : starts.length - 1;
  const odds: Odds = {
    fleet,
    producers,
    handlers: drawHandlerOdds(batchRecords, msPerBatch, random),
    concurrency: ONE_AT_A_TIME,
    network: {
      maxLatencyMs: whole(1, 200),
      lostRequest: between(0, 0.03),
      lostAnswer: between(0, 0.03),
      lateRequest: sometimes(0.5, 0.01),
      repeatedRequest: sometimes(0.5, 0.02),
      slowCall: sometimes(0.5, 0.02),
      throttledTable: sometimes(0.5, 0.05),
    },
    kinesis: {
      shards: whole(1, 6),
      isServiceManaged,
      updateMs: random.next() < 0.5 ? 1 : whole(1, 30_000),
      refusedCarrier: sometimes(0.5, 0.2),
      throttledRead: sometimes(0.5, 0.2),
      sparseRead: sometimes(0.5, 0.5),
      internalFailure: sometimes(0.5, 0.05),
      staleListing: sometimes(0.5, 0.5),
      staleMs: whole(1, 10_000),
    },
    table: { deletedLease: 0, maxStaleMs: random.next() < 0.7 ? whole(0, 2000) : 0 },
    incidents: {
      crashMs: whole(30_000, 200_000),
      restartMs: whole(30_000, 200_000),
      pauseMs: whole(30_000, 200_000),
      reshardMs: whole(30_000, 150_000),
      producerCrashMs: whole(60_000, 400_000),
      producerPauseMs: whole(60_000, 400_000),
      producerRestartMs: whole(60_000, 400_000),
      expiryMs: whole(60_000, 400_000),
      stormMs: whole(60_000, 300_000),
      rolloutMs: whole(200_000, 1_000_000),
    },
    // Where the service places records, the KCL takes aggregates for records of other shards.
    kcl: { workers: random.next() < 1 / 6 && !isServiceManaged ? whole(1, 3) : 0 },
    reading: {
      mode: "polling",
      readsPerSecond: random.next() < 0.5 ? 4.5 : between(1, 5),
      bufferedBytes:
        random.next() < 0.4
          ? Math.round(between(1.3, 13) * bufferedBytesPerSecond(producers)) +
            roomForSurge(producers) +
            SHARDS_BYTES
          : AMPLE_BYTES,
    },
    application: { startAt: starts[whole(0, startsThere - 1)] ?? "TRIM_HORIZON" },
    push: SOUND_PUSHES,
    wire: drawWireOdds(random),
    recreation: { everyMs: Number.POSITIVE_INFINITY, maxAwayMs: whole(2000, 20_000) },
    streams: ONE_STREAM,
  };
  // The model of the KCL begins there, and all of a fleet have to agree.
  const startsAlike: Odds =
    odds.kcl.workers > 0 ? { ...odds, application: { startAt: "TRIM_HORIZON" } } : odds;
  const isSpared = random.next() >= RECREATED || !mayBeRecreated(startsAlike);
  const everyMs = isSpared ? Number.POSITIVE_INFINITY : whole(60_000, 400_000);
  const isLasting = isSpared && startsAlike.kcl.workers === 0;
  const deletedLease = isLasting ? sometimes(0.2, 0.5) : 0;
  // Behind all else that is drawn: a world with one call at a time is what it was before there were others.
  const concurrency = drawConcurrencyOdds(new SeededRandom(whole(0, 0xffff_ffff)));
  const others = patchOdds(startsAlike, {
    concurrency,
    recreation: { everyMs },
    table: { deletedLease },
  });
  const drawn = withPushes(others, random.fork());
  return { ...drawn, streams: drawStreamOdds(mayHaveMany(drawn), random) };
}

/** Drawn by themselves: all else is as it would be if everybody polled. */
function withPushes(odds: Odds, random: Random): Odds {
  const isPolled = random.next() >= SUBSCRIBED;
  const mode = random.next() < 0.5 ? "fan-out" : "auto";
  return patchOdds(odds, {
    reading: { mode: isPolled ? "polling" : mode },
    push: drawPushOdds(random),
  });
}

/** Whether one fleet can read many streams: not beside the KCL, whose model knows one, and none of them is created again. */
function mayHaveMany({ kcl, recreation }: Odds): boolean {
  return kcl.workers === 0 && recreation.everyMs === Number.POSITIVE_INFINITY;
}

/** What is left of odds in a world that cannot have many streams, or has each of them smaller. */
export function settleStreams(odds: Odds): Odds {
  const { kinesis, producers, streams } = odds;
  if (streams.streams === 1) return odds;
  if (!mayHaveMany(odds)) return { ...odds, streams: ONE_STREAM };
  const mostShards = Math.floor(MAX_OPEN_SHARDS / streams.streams);
  return patchOdds(odds, {
    kinesis: { shards: Math.min(kinesis.shards, mostShards) },
    producers: { producers: Math.max(producers.producers, streams.streams) },
  });
}

/**
 * Whether the stream can be deleted and created again: to the KCL one that is gone is one whose shards have ended, at LATEST
 * nothing is promised of what is put before it is found again, and one that places records itself would be another.
 */
export function mayBeRecreated({ application, kcl, kinesis }: Odds): boolean {
  return kcl.workers === 0 && application.startAt !== "LATEST" && !kinesis.isServiceManaged;
}

/** Odds of which some are said, group by group. */
export type OddsPatch = { readonly [Group in keyof Odds]?: Partial<Odds[Group]> };

/** The same odds but for what is said. */
export function patchOdds(odds: Odds, patch: OddsPatch): Odds {
  const patched = Object.entries(odds).map(([group, values]: [string, object]) => [
    group,
    { ...values, ...patch[group as keyof Odds] },
  ]);
  return Object.fromEntries(patched) as Odds;
}

/**
 * Of all that is put, about: a Kinesis record counts with 400 bytes besides, which a usual aggregate has once for many. Those
 * that are not usual come a few at a time, and need more room to come fast enough.
 */
function bufferedBytesPerSecond(producers: ProducerOdds): number {
  const { options, recordBytes } = producers;
  const { aggregation } = options;
  const isUsual = aggregation !== false && Object.keys(aggregation).length === 0;
  const room = isUsual && recordBytes === 0 ? 1 : 3;
  return room * putsPerSecondOf(producers) * (recordBytes + (isUsual ? 100 : 450));
}

/** So that the records of a surge, which may be large, do not come one to a read. */
function roomForSurge({ surge }: ProducerOdds): number {
  return 10 * surge.bytes;
}

/** The time to the next event of a kind that comes by chance. */
export function drawDelayMs(meanMs: number, random: Random): number {
  return -Math.log(1 - random.next()) * meanMs;
}
