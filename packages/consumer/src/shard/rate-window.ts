// How much was done in the last minute, and how fast that went through the stream: twelve buckets of five seconds, of
// which the present one grows.

const BUCKET_MS = 5000;
const BUCKETS = 12;
/** What happened within a shorter time tells nothing about a rate. */
const MIN_SPAN_MS = 1000;

/** What was done within five seconds, and the first that was. */
interface Bucket {
  readonly index: number;
  readonly atMs: number;
  readonly arrivedAtMs: number;
  records: number;
  bytes: number;
}

/** Something that is done. */
export interface DoneWork {
  readonly records: number;
  readonly bytes: number;
  /** When Kinesis took the last of the records, in epoch milliseconds. */
  readonly arrivedAtMs: number;
}

/** The last minute, or what there was of it. */
export interface Rates {
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
  /** How many ms of the stream were done in each ms; more than 1 catches up. `undefined` where nothing tells. */
  readonly speed: number | undefined;
}

/** Thousands of shards may rest, and each is asked now and then. */
const NOTHING_DONE: Rates = Object.freeze({
  recordsPerSecond: 0,
  bytesPerSecond: 0,
  speed: undefined,
});

export class RateWindow {
  readonly #startedAtMs: number;
  #buckets: Bucket[] = [];
  #lastArrivedAtMs = 0;

  constructor(nowMs: number) {
    this.#startedAtMs = nowMs;
  }

  add({ arrivedAtMs, bytes, records }: DoneWork, nowMs: number): void {
    const index = Math.floor(nowMs / BUCKET_MS);
    let bucket = this.#buckets.at(-1);
    if (bucket?.index !== index) {
      this.#forget(index);
      bucket = { index, arrivedAtMs, atMs: nowMs, records: 0, bytes: 0 };
      this.#buckets.push(bucket);
    }
    bucket.records += records;
    bucket.bytes += bytes;
    this.#lastArrivedAtMs = arrivedAtMs;
  }

  rates(nowMs: number): Rates {
    const index = Math.floor(nowMs / BUCKET_MS);
    this.#forget(index);
    if (this.#buckets.length === 0) return NOTHING_DONE;
    const beginMs = Math.max(this.#startedAtMs, (index - BUCKETS + 1) * BUCKET_MS);
    const seconds = Math.max(MIN_SPAN_MS, nowMs - beginMs) / 1000;
    const sumOf = (of: (bucket: Bucket) => number): number =>
      this.#buckets.reduce((sum, bucket) => sum + of(bucket), 0);
    return {
      recordsPerSecond: sumOf(({ records }) => records) / seconds,
      bytesPerSecond: sumOf(({ bytes }) => bytes) / seconds,
      speed: this.#speed(nowMs),
    };
  }

  #speed(nowMs: number): number | undefined {
    const [first] = this.#buckets;
    if (first === undefined || nowMs - first.atMs < MIN_SPAN_MS) return undefined;
    return (this.#lastArrivedAtMs - first.arrivedAtMs) / (nowMs - first.atMs);
  }

  #forget(index: number): void {
    const oldest = this.#buckets[0];
    if (oldest === undefined || oldest.index > index - BUCKETS) return;
    this.#buckets = this.#buckets.filter((bucket) => bucket.index > index - BUCKETS);
  }
}
