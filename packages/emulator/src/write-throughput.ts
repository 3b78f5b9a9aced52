// What one shard takes per second. Every record must find room in both buckets; what is refused takes from
// neither, so a smaller record behind it may still pass.
import { SHARD_LIMITS, TokenBucket } from "@shardline/core";

/** Admits records at the rate of one shard. */
export class WriteThroughput {
  readonly #records: TokenBucket;
  readonly #bytes: TokenBucket;

  /** A stream that takes larger records than a shard takes per second lets a full shard take one of them. */
  constructor(maxRecordBytes: number, nowMs: number) {
    const { writeRecordsPerSecond: records, writeBytesPerSecond: bytes } = SHARD_LIMITS;
    this.#records = new TokenBucket(records, records, nowMs);
    this.#bytes = new TokenBucket(Math.max(bytes, maxRecordBytes), bytes, nowMs);
  }

  /** `bytes` counts data and partition key; `nowMs` is monotonic. */
  admit(bytes: number, nowMs: number): boolean {
    if (this.#records.readyAtMs(1, nowMs) > nowMs) return false;
    if (this.#bytes.readyAtMs(bytes, nowMs) > nowMs) return false;
    this.#records.take(1, nowMs);
    this.#bytes.take(bytes, nowMs);
    return true;
  }
}
