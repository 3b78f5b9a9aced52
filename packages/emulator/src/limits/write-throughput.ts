// What one shard takes per second. Every record must find room in both buckets; what is refused takes from
// neither, so a smaller record behind it may still pass.
import { RECORD_LIMITS, TokenBucket } from "@shardline/core";

/** How much may be written per second; what is left out is not limited. */
interface WriteLimits {
  readonly writeRecordsPerSecond?: number;
  readonly writeBytesPerSecond?: number;
}

/** Admits records at the rate of one shard. */
export class WriteThroughput {
  readonly #records: TokenBucket | undefined;
  #bytes: TokenBucket | undefined;

  constructor(limits: WriteLimits, maxRecordBytes: number, nowMs: number) {
    const { writeRecordsPerSecond: records, writeBytesPerSecond: bytes } = limits;
    this.#records = records === undefined ? undefined : new TokenBucket(records, records, nowMs);
    this.#bytes =
      bytes === undefined
        ? undefined
        : new TokenBucket(savedBytes(bytes, maxRecordBytes), bytes, nowMs);
  }

  /** `bytes` counts data and partition key; `nowMs` is monotonic. */
  admit(bytes: number, nowMs: number): boolean {
    if (this.#records !== undefined && this.#records.readyAtMs(1, nowMs) > nowMs) return false;
    if (this.#bytes !== undefined && this.#bytes.readyAtMs(bytes, nowMs) > nowMs) return false;
    this.#records?.take(1, nowMs);
    this.#bytes?.take(bytes, nowMs);
    return true;
  }

  /** Fits what is saved up to another maximum record size; what was used stays used. */
  resize(maxRecordBytes: number, nowMs: number): void {
    if (this.#bytes === undefined) return;
    const { capacity, perSecond } = this.#bytes;
    const used = ((this.#bytes.readyAtMs(capacity, nowMs) - nowMs) / 1000) * perSecond;
    this.#bytes = new TokenBucket(savedBytes(perSecond, maxRecordBytes), perSecond, nowMs);
    this.#bytes.take(used, nowMs);
  }
}

/** Where a stream takes records larger than usual, its shards save up for the largest. */
function savedBytes(perSecond: number, maxRecordBytes: number): number {
  const isLarge = maxRecordBytes > RECORD_LIMITS.defaultMaxBytes;
  return isLarge ? Math.max(perSecond, RECORD_LIMITS.maxBytes) : perSecond;
}
