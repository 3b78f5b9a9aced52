// Worlds of many streams: how many one fleet reads, how it is told of them, and which come and go while it runs.
import type { Random } from "@shardline/core";

/** With one stream the rest says nothing. */
export interface StreamOdds {
  readonly streams: number;
  /** Whether the list is written down, or asked for again and again. */
  readonly source: "list" | "function";
  /** What the list holds of a stream. */
  readonly naming: "name" | "ARN" | "name of the KCL";
  /** Between two questions of a worker, in ms. */
  readonly everyMs: number;
  /** The last of them is named after so long; Infinity: when the faults are over. */
  readonly addedAfterMs: number;
  /** Mean time until one is taken out. */
  readonly removedMs: number;
  /** Then it is away for so long at most; Infinity: for good. */
  readonly maxRemovedMs: number;
  /** Leases of one that nobody names are deleted after so long; Infinity: they are kept. */
  readonly deleteAfterMs: number;
  /** Whoever asks gets no answer. */
  readonly failedAnswer: number;
  /** The answer lacks a stream. */
  readonly shortAnswer: number;
  /** The answer names none, once. */
  readonly emptyAnswer: number;
  /** Mean time until one of them is away or refuses calls, for a while, by itself. */
  readonly troubleMs: number;
}

/** So many open shards all streams of a world have together, at most. */
export const MAX_OPEN_SHARDS = 12;

/** A world as most are. */
export const ONE_STREAM: StreamOdds = {
  streams: 1,
  source: "list",
  naming: "name",
  everyMs: 5000,
  addedAfterMs: 0,
  removedMs: Number.POSITIVE_INFINITY,
  maxRemovedMs: 0,
  deleteAfterMs: Number.POSITIVE_INFINITY,
  failedAnswer: 0,
  shortAnswer: 0,
  emptyAnswer: 0,
  troubleMs: Number.POSITIVE_INFINITY,
};

/** Of the worlds that can be: about one in five of all. */
const MANY = 0.27;
const MAX_STREAMS = 3;
/** The least that the option takes. */
const LEAST_DELETE_MS = 60_000;
/** One that comes back is away for less than that, and the time until everybody has heard of it. */
const SHORT_AWAY_MS = 30_000;

/** Draws them for a world that may have many. */
export function drawStreamOdds(mayHaveMany: boolean, random: Random): StreamOdds {
  if (random.next() >= MANY || !mayHaveMany) return ONE_STREAM;
  const whole = (min: number, max: number): number =>
    Math.floor(min + (max - min + 1) * random.next());
  const namings = ["name", "ARN", "name of the KCL"] as const;
  const isAsked = random.next() < 0.75;
  const shared = {
    streams: whole(2, MAX_STREAMS),
    naming: namings[whole(0, 2)] ?? "name",
    troubleMs: random.next() < 0.7 ? whole(60_000, 300_000) : Number.POSITIVE_INFINITY,
  };
  if (!isAsked) return { ...ONE_STREAM, ...shared };
  const deleteAfterMs =
    random.next() < 0.5 ? whole(LEAST_DELETE_MS, 90_000) : Number.POSITIVE_INFINITY;
  const longestMs = deleteAfterMs === Number.POSITIVE_INFINITY ? 120_000 : SHORT_AWAY_MS;
  return {
    ...shared,
    source: "function",
    deleteAfterMs,
    everyMs: whole(1000, 15_000),
    addedAfterMs: [0, whole(10_000, 300_000), Number.POSITIVE_INFINITY][whole(0, 2)] ?? 0,
    removedMs: random.next() < 0.7 ? whole(60_000, 300_000) : Number.POSITIVE_INFINITY,
    maxRemovedMs: random.next() < 0.3 ? Number.POSITIVE_INFINITY : longestMs,
    failedAnswer: random.next() < 0.5 ? 0.1 * random.next() : 0,
    shortAnswer: random.next() < 0.5 ? 0.1 * random.next() : 0,
    emptyAnswer: random.next() < 0.5 ? 0.1 * random.next() : 0,
  };
}
