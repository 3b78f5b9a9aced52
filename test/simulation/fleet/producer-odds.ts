// What the producers of one world are like: how they are set up, and how records are put into them.
import type { Random } from "@shardline/core";
import type { ProducerOptions } from "@shardline/producer";

export interface ProducerOdds {
  readonly producers: number;
  /** Of all of them together, on average; but for surges. */
  readonly putsPerSecond: number;
  /** Smallest size of a record. */
  readonly recordBytes: number;
  /** A record is as large as a stream takes. */
  readonly huge: number;
  /** Partition keys of each producer. */
  readonly keys: number;
  /** So many of them go by a hash key of their own. */
  readonly explicitKeys: number;
  /** Whether nothing is put before there is room. */
  readonly isPolite: boolean;
  /** How a burst comes in; else by `put`. */
  readonly written: number;
  readonly putMany: number;
  /** A put is taken back, if it is not settled soon. */
  readonly aborted: number;
  readonly surge: Surge;
  readonly options: ProducerTuning;
}

/** Of all of them together, surges included. */
export function putsPerSecondOf({ producers, putsPerSecond, surge }: ProducerOdds): number {
  return putsPerSecond + (producers * surge.records * 1000) / surge.everyMs;
}

/** Many records at once, now and then, so that shards refuse some. */
export interface Surge {
  /** Mean time between two of one producer. */
  readonly everyMs: number;
  readonly records: number;
  readonly bytes: number;
}

/** Options of a producer that worlds draw; its natural `ordering` where that is left out. */
export type ProducerTuning = Pick<ProducerOptions, "ordering"> &
  Required<
    Pick<
      ProducerOptions,
      | "aggregation"
      | "batch"
      | "buffer"
      | "distribution"
      | "maxInFlightRequests"
      | "rateLimit"
      | "recordTtlMs"
      | "retry"
    >
  >;

const FOREVER = Number.POSITIVE_INFINITY;
/** What a producer manages that has few records under way; what it does not expires. */
const SLOW = { putsPerSecond: 6, recordTtlMs: 30_000 };
const SMALL_BUFFER = 20_000;
/** What worlds have that need no more. */
export const NO_SURGE: Surge = { everyMs: FOREVER, records: 0, bytes: 0 };

/** Draws them; `isServiceManaged`: the stream's. */
export function drawProducerOdds(isServiceManaged: boolean, random: Random): ProducerOdds {
  const pick = picker(random);
  const whole = (min: number, max: number): number =>
    min + Math.floor((max - min + 1) * random.next());
  const sometimes = (share: number, max: number): number =>
    random.next() < share ? max * random.next() : 0;
  const isFat = random.next() < 0.1;
  const tuning = drawTuning(isServiceManaged, random);
  const slow = isSlow(tuning);
  // As many worlds from 2 to 8 as from 8 to 30: what few records cannot show, many do, and they cost as much more.
  const usual = Math.round(2 * 15 ** random.next());
  const keys = pick([40, 40, 40, 3]);
  return {
    producers: whole(1, 3),
    putsPerSecond: slow ? SLOW.putsPerSecond : isFat ? 10 : usual,
    recordBytes: isFat ? 3000 : 0,
    huge: isFat ? sometimes(0.5, 0.005) : 0,
    keys,
    explicitKeys: random.next() < 0.3 ? Math.ceil(keys / 2) : 0,
    isPolite: random.next() < 0.5,
    written: sometimes(0.5, 1),
    putMany: sometimes(0.5, 1),
    aborted: sometimes(0.3, 0.1),
    surge: drawSurge(slow, random),
    options: slow ? { ...tuning, recordTtlMs: SLOW.recordTtlMs } : tuning,
  };
}

/** Either many small records or some large ones: each shard takes 1,000 of the first in a second, or 1 MiB. */
function drawSurge(slow: boolean, random: Random): Surge {
  const kind = random.next();
  if (slow || kind < 0.5) return NO_SURGE;
  const everyMs = 200_000 + 200_000 * random.next();
  return kind < 0.75
    ? { everyMs, records: 1500, bytes: 0 }
    : { everyMs, records: 100, bytes: 40_000 };
}

function drawTuning(isServiceManaged: boolean, random: Random): ProducerTuning {
  const pick = picker(random);
  const aggregation = pick<ProducerTuning["aggregation"]>([
    {},
    {},
    {},
    {},
    { maxBytes: 64 },
    { maxBytes: 2000 },
    { maxRecords: 3 },
    { scope: "hash-key" },
    { carrierKey: "first" },
    false,
    false,
  ]);
  const orderings = ["none", "partition-key", undefined, undefined, undefined] as const;
  const ordering = isServiceManaged ? undefined : pick(orderings);
  return {
    aggregation,
    ...(ordering === undefined ? {} : { ordering }),
    distribution: isServiceManaged && random.next() < 0.5 ? "service-managed" : "detect",
    batch: {
      maxDelayMs: pick([100, 100, 100, 0, 500]),
      maxRecords: pick([500, 500, 500, 2]),
    },
    buffer: {
      maxRecords: pick([32_768, 32_768, 32_768, 60]),
      maxBytes: pick([67_108_864, 67_108_864, 67_108_864, SMALL_BUFFER]),
      onFull: pick(["wait", "wait", "wait", "reject"]),
    },
    rateLimit: pick<ProducerTuning["rateLimit"]>([
      {},
      {},
      {},
      { percent: 60 },
      { percent: 400 },
      false,
    ]),
    recordTtlMs: pick([FOREVER, FOREVER, FOREVER, 30_000, 30_000, 1500]),
    retry: pick<ProducerTuning["retry"]>([
      {},
      {},
      {},
      {},
      { maxAttempts: 3 },
      { failOnThrottle: true },
    ]),
    maxInFlightRequests: pick([24, 24, 24, 2]),
  };
}

/** Whether few records are under way at a time, while calls take some hundred ms. */
function isSlow({ aggregation, batch, buffer, ordering }: ProducerTuning): boolean {
  const isPlain = aggregation === false;
  const ofFew = isPlain || aggregation.maxRecords !== undefined || aggregation.maxBytes === 64;
  const ofSmall = ofFew || aggregation.scope === "hash-key";
  const isOneByOne = ofFew && ordering !== "none" && (!isPlain || ordering !== undefined);
  return isOneByOne || (ofSmall && batch.maxRecords === 2) || buffer.maxBytes === SMALL_BUFFER;
}

/** Whether the records of a key are stored in the order in which they were put. */
export function isOrderKept(
  { aggregation, ordering }: ProducerTuning,
  isServiceManaged: boolean,
): boolean {
  if (isServiceManaged) return false;
  return ordering === undefined ? aggregation !== false : ordering === "partition-key";
}

function picker(random: Random): <Item>(items: readonly Item[]) => Item {
  return (items) => items[Math.floor(random.next() * items.length)] as never;
}
