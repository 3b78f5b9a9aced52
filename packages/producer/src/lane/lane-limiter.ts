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

/** Meters the carriers of one lane. */
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

  /** When the first of these carriers may leave, with as many of the others as make it worth a call. */
  opensAtMs(sizes: readonly number[], nowMs: number): number {
    return this.#meter?.opensAtMs(sizes, nowMs) ?? nowMs;
  }

  /** How many of these carriers, in this order, may leave now together. */
  countOf(sizes: readonly number[], nowMs: number): number {
    return this.#meter?.countOf(sizes, nowMs) ?? sizes.length;
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

  opensAtMs(sizes: readonly number[], nowMs: number): number {
    const factor = this.factorAt(nowMs);
    const [first = 0] = sizes;
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    const allAtMs = this.#readyAtMs(sizes.length, bytes, nowMs);
    if (allAtMs <= nowMs) return allAtMs;
    this.#rate.hold(nowMs, allAtMs);
    const records = Math.max(1, this.#perSecond.records * factor * PACE_SECONDS);
    const share = Math.max(first, this.#perSecond.bytes * factor * PACE_SECONDS);
    return this.#readyAtMs(Math.min(sizes.length, records), Math.min(bytes, share), nowMs);
  }

  /** A first carrier larger than a full bucket is let through and owes the rest; others wait for what is there. */
  countOf(sizes: readonly number[], nowMs: number): number {
    const [first = 0] = sizes;
    if (this.#readyAtMs(1, first, nowMs) > nowMs) return 0;
    const records = this.#records.tokensAt(nowMs);
    const bytes = this.#bytes.tokensAt(nowMs);
    let count = 1;
    let sum = first;
    while (count < sizes.length) {
      sum += sizes[count] as number;
      if (count + 1 > records || sum > bytes) break;
      count += 1;
    }
    return Math.min(count, sizes.length);
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
