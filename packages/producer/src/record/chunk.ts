// The open container of a lane: records are encoded into it as they are put, and it is sealed into a carrier
// as late as possible.
import { RECORD_LIMITS } from "@shardline/core";
import { AggregateBuilder } from "@shardline/aggregation";
import type { Statistics } from "@shardline/core";
import type { BuilderPool } from "./builder-pool.ts";
import { Members } from "./members.ts";
import type { UnencodedRecord } from "./new-record.ts";
import type { PendingRecord } from "./pending-record.ts";

/** Under which aggregates travel: one byte, because the explicit hash key beside it is what places them. */
export const AGGREGATE_PARTITION_KEY = "a";
/** UTF-8 bytes of the longest partition key: no UTF-16 code unit needs more than three. */
export const MAX_KEY_BYTES: number = RECORD_LIMITS.maxPartitionKeyLength * 3;

/** What a record adds at most beside its data: a partition key, an explicit hash key of 39 digits, and how they are framed. */
const MOST_BESIDE_DATA_BYTES: number = MAX_KEY_BYTES + 100;

/** Records that may still be joined by others. */
export class Chunk {
  readonly members: Members = new Members();
  readonly #pool: BuilderPool | undefined;
  #builder: AggregateBuilder | undefined;
  readonly #carrierKey: "a" | "first";
  #firstKeyBytes = 0;
  #leastDataBytes = Number.POSITIVE_INFINITY;
  #mostDataBytes = 0;

  /** Without a pool it has a builder of its own; `carrierKey` is what it travels under if there are several records. */
  constructor(pool?: BuilderPool, carrierKey: "a" | "first" = "a") {
    this.#pool = pool;
    this.#carrierKey = carrierKey;
  }

  get builder(): AggregateBuilder {
    this.#builder ??= this.#pool?.take() ?? new AggregateBuilder();
    return this.#builder;
  }

  /** The aggregate of all its records, but for its digest. */
  encodeWithoutDigest(): Uint8Array {
    const memory = this.#pool?.memory;
    return this.builder.encodeWithoutDigest(memory && ((bytes) => memory.take(bytes)));
  }

  /** Nothing is added to it or sealed of it any more. */
  dispose(): void {
    if (this.#builder !== undefined) this.#pool?.giveBack(this.#builder);
    this.#builder = undefined;
  }

  /** Data and partition key that sealing it now would send; an only record that has to be escaped is a little more. */
  get byteLength(): number {
    if (this.members.length === 0) return 0;
    if (this.members.length === 1) return this.builder.dataByteLength + this.#firstKeyBytes;
    const isFirst = this.#carrierKey === "first";
    const keyBytes = isFirst ? this.#firstKeyBytes : AGGREGATE_PARTITION_KEY.length;
    return this.builder.byteLength + keyBytes;
  }

  /** Of the data of each record. */
  get dataBytes(): Statistics {
    const sum = this.builder.dataByteLength;
    const [min, max] = [this.#leastDataBytes, this.#mostDataBytes];
    return { count: this.members.length, sum, min, max };
  }

  /** Whether it can take a record and stay within the limits; an empty one takes any. */
  hasRoomFor(record: UnencodedRecord, { maxBytes, maxRecords }: ChunkLimits): boolean {
    const { length } = this.members;
    if (length === 0) return true;
    if (length >= maxRecords) return false;
    const { builder } = this;
    const { key, explicitHashKey, dataBytes } = record;
    // Its exact size is looked for only where the limit is near.
    if (builder.byteLength + dataBytes + MOST_BESIDE_DATA_BYTES <= maxBytes) return true;
    if (builder.byteLength >= maxBytes) return false;
    return builder.sizeWith(key.text, explicitHashKey, dataBytes, key.hash) <= maxBytes;
  }

  add(record: UnencodedRecord, pending: PendingRecord): void {
    const { data, dataBytes, explicitHashKey, key } = record;
    if (this.members.length === 0) this.#firstKeyBytes = key.bytes;
    if (dataBytes < this.#leastDataBytes) this.#leastDataBytes = dataBytes;
    if (dataBytes > this.#mostDataBytes) this.#mostDataBytes = dataBytes;
    this.builder.add(key.text, explicitHashKey, data, key.hash);
    this.members.add(pending);
  }
}

/** How much goes into one carrier. */
export interface ChunkLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}
