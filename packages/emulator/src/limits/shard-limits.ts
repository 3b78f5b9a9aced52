// All limits of one shard: what it takes, what is read from it, and how often it is asked for. What is refused
// takes nothing.
import { TokenBucket } from "@shardline/core";
import type { Limits } from "./limits.ts";
import { ReadThroughput } from "./read-throughput.ts";
import { WriteThroughput } from "./write-throughput.ts";

/** The limits of one shard; all times are monotonic. */
export class ShardLimits {
  readonly #write: WriteThroughput;
  readonly #read: ReadThroughput | undefined;
  readonly #getRecords: TokenBucket | undefined;
  readonly #getShardIterator: TokenBucket | undefined;

  constructor(limits: Limits, maxRecordBytes: number, nowMs: number) {
    const { readBytesPerSecond, callsPerSecond = {} } = limits;
    const bucket = (perSecond: number | undefined): TokenBucket | undefined =>
      perSecond === undefined ? undefined : new TokenBucket(perSecond, perSecond, nowMs);
    this.#write = new WriteThroughput(limits, maxRecordBytes, nowMs);
    this.#read =
      readBytesPerSecond === undefined ? undefined : new ReadThroughput(readBytesPerSecond);
    this.#getRecords = bucket(callsPerSecond.GetRecords);
    this.#getShardIterator = bucket(callsPerSecond.GetShardIterator);
  }

  /** Takes room for one record; `bytes` counts data and partition key. */
  admitRecord(bytes: number, nowMs: number): boolean {
    return this.#write.admit(bytes, nowMs);
  }

  /** Takes a call of GetRecords; what it reads is charged by `chargeRead`. */
  admitRead(nowMs: number): boolean {
    return (this.#read?.isOpen(nowMs) ?? true) && takeOne(this.#getRecords, nowMs);
  }

  /** `bytes` counts data and partition keys. */
  chargeRead(bytes: number, nowMs: number): void {
    this.#read?.charge(bytes, nowMs);
  }

  /** Takes a call of GetShardIterator. */
  admitIterator(nowMs: number): boolean {
    return takeOne(this.#getShardIterator, nowMs);
  }

  /** Fits the limits to another maximum record size of the stream. */
  resize(maxRecordBytes: number, nowMs: number): void {
    this.#write.resize(maxRecordBytes, nowMs);
  }
}

/** The limits of a new shard; `undefined` if there are none, so that nothing has to be asked. */
export function newShardLimits(
  limits: Limits,
  maxRecordBytes: number,
  nowMs: number,
): ShardLimits | undefined {
  const { writeRecordsPerSecond, writeBytesPerSecond, readBytesPerSecond, callsPerSecond } = limits;
  const { GetRecords, GetShardIterator } = callsPerSecond ?? {};
  const isLimited = [
    writeRecordsPerSecond,
    writeBytesPerSecond,
    readBytesPerSecond,
    GetRecords,
    GetShardIterator,
  ].some((limit) => limit !== undefined);
  return isLimited ? new ShardLimits(limits, maxRecordBytes, nowMs) : undefined;
}

function takeOne(bucket: TokenBucket | undefined, nowMs: number): boolean {
  if (bucket === undefined) return true;
  if (bucket.readyAtMs(1, nowMs) > nowMs) return false;
  bucket.take(1, nowMs);
  return true;
}
