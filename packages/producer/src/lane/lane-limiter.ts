// What one shard may be sent each second: records and bytes, both as token buckets whose pace follows what the
// shard takes (rate-tracker.ts). The service counts data and partition key.
import { SHARD_LIMITS, TokenBucket } from "@shardline/core";
import type { ProducerSettings } from "../settings.ts";
import { RateTracker } from "./rate-tracker.ts";

const { writeBytesPerSecond: BYTES, writeRecordsPerSecond: RECORDS } = SHARD_LIMITS;
/**
 * A lane at its limit is let through for so much of a second at once: one carrier for each token would be one call
 * for each carrier. The KPL's limiter looks as often.
 */
const PACE_SECONDS = 0.025;

/** What lanes that lead to the same shard may send now, together; their first carrier may be larger. */
export interface ShareRoom {
  readonly records: number;
  readonly bytes: number;
}

const UNLIMITED: ShareRoom = {
  records: Number.POSITIVE_INFINITY,
  bytes: Number.POSITIVE_INFINITY,
};

/** What waits for a shard. */
interface Demand {
  readonly records: number;
  readonly bytes: number;
  /** Of the carrier that goes first. */
  readonly firstBytes: number;
}

/** Meters the carriers for one shard. */
export class LaneLimiter {
  readonly #meter: Meter | undefined;

  /**
   * How much at most of the own limits of one shard, or of so many together; `false` meters nothing. A burst of one
   * second is always free.
   */
  constructor(rateLimit: ProducerSettings["rateLimit"], nowMs: number, shardCount: number = 1) {
    this.#meter =
      rateLimit === false ? undefined : new Meter(rateLimit.percent / 100, nowMs, shardCount);
  }

  /** The part of the shard's own limits that is used now; absent where nothing is metered. */
  factorAt(nowMs: number): number | undefined {
    return this.#meter?.factorAt(nowMs);
  }

  /** When the first of what waits may leave, with as many of the others as make it worth a call. */
  opensAtMs(demand: Demand, nowMs: number): number {
    return this.#meter?.opensAtMs(demand, nowMs) ?? nowMs;
  }

  /** What may leave now together, beside a first carrier that is larger than a full bucket and owes the rest. */
  roomAt(nowMs: number): ShareRoom {
    return this.#meter?.roomAt(nowMs) ?? UNLIMITED;
  }

  /** Whether a carrier of so many bytes may leave now. */
  isOpenFor(bytes: number, nowMs: number): boolean {
    return this.#meter?.isOpenFor(bytes, nowMs) ?? true;
  }

  /** Counts a carrier as sent. */
  take(bytes: number, nowMs: number): void {
    this.#meter?.take(bytes, nowMs);
  }

  /** The shard refused a carrier because it came too fast. */
  slowDown(nowMs: number): void {
    this.#meter?.slowDown(nowMs);
  }
}

class Meter {
  readonly #rate: RateTracker;
  readonly #records: TokenBucket;
  readonly #bytes: TokenBucket;
  /** What all shards take together at a factor of 1, each second. */
  readonly #perSecond: { readonly records: number; readonly bytes: number };
  #factor: number;

  constructor(maxFactor: number, nowMs: number, shardCount: number) {
    const records = RECORDS * shardCount;
    const bytes = BYTES * shardCount;
    this.#perSecond = { records, bytes };
    this.#rate = new RateTracker(maxFactor, nowMs);
    this.#factor = this.#rate.factorAt(nowMs);
    this.#records = new TokenBucket(records, records * this.#factor, nowMs);
    this.#bytes = new TokenBucket(bytes, bytes * this.#factor, nowMs);
  }

  factorAt(nowMs: number): number {
    const factor = this.#rate.factorAt(nowMs);
    if (factor !== this.#factor) {
      this.#factor = factor;
      this.#records.changeRate(this.#perSecond.records * factor, nowMs);
      this.#bytes.changeRate(this.#perSecond.bytes * factor, nowMs);
    }
    return factor;
  }

  opensAtMs({ bytes, firstBytes, records: count }: Demand, nowMs: number): number {
    const factor = this.factorAt(nowMs);
    const allAtMs = this.#readyAtMs(count, bytes, nowMs);
    if (allAtMs <= nowMs) return allAtMs;
    this.#rate.hold(nowMs, allAtMs);
    const records = Math.max(1, this.#perSecond.records * factor * PACE_SECONDS);
    const share = Math.max(firstBytes, this.#perSecond.bytes * factor * PACE_SECONDS);
    return this.#readyAtMs(Math.min(count, records), Math.min(bytes, share), nowMs);
  }

  roomAt(nowMs: number): ShareRoom {
    this.factorAt(nowMs);
    return { records: this.#records.tokensAt(nowMs), bytes: this.#bytes.tokensAt(nowMs) };
  }

  isOpenFor(bytes: number, nowMs: number): boolean {
    return this.#readyAtMs(1, bytes, nowMs) <= nowMs;
  }

  take(bytes: number, nowMs: number): void {
    this.#records.take(1, nowMs);
    this.#bytes.take(bytes, nowMs);
  }

  slowDown(nowMs: number): void {
    this.#rate.cut(nowMs);
    this.factorAt(nowMs);
  }

  #readyAtMs(records: number, bytes: number, nowMs: number): number {
    return Math.max(this.#records.readyAtMs(records, nowMs), this.#bytes.readyAtMs(bytes, nowMs));
  }
}
