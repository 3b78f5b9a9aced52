// What one shard takes per second. Every record must find room in both buckets; what is refused takes from
// neither, so a smaller record behind it may still pass.
import { RECORD_LIMITS, SHARD_LIMITS, TokenBucket } from "@shardline/core";

/** Admits records at the rate of one shard. */
export class WriteThroughput {
  readonly #records: TokenBucket;
  readonly #bytes: TokenBucket;

  /** Where a stream takes records larger than a shard takes per second, its shards save up for the largest. */
  constructor(maxRecordBytes: number, nowMs: number) {
    const { writeRecordsPerSecond: records, writeBytesPerSecond: bytes } = SHARD_LIMITS;
    this.#records = new TokenBucket(records, records, nowMs);
    const savedBytes = maxRecordBytes > bytes ? RECORD_LIMITS.maxBytes : bytes;
    this.#bytes = new TokenBucket(savedBytes, bytes, nowMs);
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
