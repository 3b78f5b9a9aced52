// What one shard may be sent each second: records and bytes, both as token buckets. The service counts data
// and partition key.
import { SHARD_LIMITS, TokenBucket } from "@shardline/core";

const NO_LIMIT = Number.POSITIVE_INFINITY;

/** Meters the carriers of one lane. */
export class LaneLimiter {
  readonly #records: TokenBucket | undefined;
  readonly #bytes: TokenBucket | undefined;

  /** `percent` of the shard's own limits; `false` meters nothing. */
  constructor(percent: number | false, nowMs: number) {
    if (percent === false) return;
    const { writeRecordsPerSecond: records, writeBytesPerSecond: bytes } = SHARD_LIMITS;
    this.#records = new TokenBucket(records, (records * percent) / 100, nowMs);
    this.#bytes = new TokenBucket(bytes, (bytes * percent) / 100, nowMs);
  }

  /** When a carrier of so many bytes may leave. */
  readyAtMs(bytes: number, nowMs: number): number {
    return Math.max(
      this.#records?.readyAtMs(1, nowMs) ?? nowMs,
      this.#bytes?.readyAtMs(bytes, nowMs) ?? nowMs,
    );
  }

  /** Counts a carrier as sent. */
  take(bytes: number, nowMs: number): void {
    this.#records?.take(1, nowMs);
    this.#bytes?.take(bytes, nowMs);
  }

  /**
   * How many of these carriers, in this order, may leave now together: no more than the buckets hold, unless the
   * first alone is larger.
   */
  countOf(sizes: readonly number[], nowMs: number): number {
    let bytes = 0;
    for (const [i, size] of sizes.entries()) {
      bytes += size;
      if (i > 0 && this.#isMoreThanBurst(i + 1, bytes)) return i;
      const readyAtMs = Math.max(
        this.#records?.readyAtMs(i + 1, nowMs) ?? nowMs,
        this.#bytes?.readyAtMs(bytes, nowMs) ?? nowMs,
      );
      if (readyAtMs > nowMs) return i;
    }
    return sizes.length;
  }

  /** A full bucket would admit it all the same, and owe the rest. */
  #isMoreThanBurst(records: number, bytes: number): boolean {
    return (
      records > (this.#records?.capacity ?? NO_LIMIT) || bytes > (this.#bytes?.capacity ?? NO_LIMIT)
    );
  }
}
