// Encodes user records into one aggregate as they come: nothing is kept of a record but its bytes, and the
// exact size is known at any time.
//
// Keys and records grow in regions of their own, because the message has all keys before all records, and
// `encode` joins the regions.
import { invariant } from "@shardline/core";
import type { AggregatedRecord } from "./deaggregation.ts";
import { writeDigests } from "./envelope.ts";
import { AGGREGATE_TAGS, MAGIC, OVERHEAD_BYTES, RECORD_TAGS } from "./format.ts";
import { KeyTable } from "./key-table.ts";
import { fieldBytes, recordBytes } from "./size.ts";
import { WireWriter } from "./wire-writer.ts";

/**
 * Builds one aggregate after the other. It is as large as what is added: keep it within a limit by asking
 * `sizeWith` before each `add`.
 */
export class AggregateBuilder {
  readonly #partitionKeys = new KeyTable(AGGREGATE_TAGS.partitionKey);
  readonly #explicitHashKeys = new KeyTable(AGGREGATE_TAGS.explicitHashKey);
  readonly #records = new WireWriter();
  #recordCount = 0;
  #byteLength = OVERHEAD_BYTES;
  #dataByteLength = 0;
  #first: FirstRecord | undefined;

  /** How many records were added. */
  get recordCount(): number {
    return this.#recordCount;
  }

  /** Length of the data of all records, in bytes. */
  get dataByteLength(): number {
    return this.#dataByteLength;
  }

  /** Length of what `encode` would answer, in bytes. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /**
   * The record that was added first, of which an aggregate of one can be sent plain. Its data is a copy, made
   * at each call.
   */
  get firstRecord(): AggregatedRecord | undefined {
    if (this.#first === undefined) return undefined;
    const { partitionKey, explicitHashKey, dataStart, dataEnd } = this.#first;
    const data = new Uint8Array(this.#records.view(dataStart, dataEnd));
    return explicitHashKey === undefined
      ? { partitionKey, data }
      : { partitionKey, explicitHashKey, data };
  }

  /** What `byteLength` would be with one more record; `keyHash` is that of `add`. */
  sizeWith(
    partitionKey: string,
    explicitHashKey: string | undefined,
    dataBytes: number,
    keyHash?: number,
  ): number {
    const keyIndex = this.#partitionKeys.indexOf(partitionKey, keyHash);
    let size = this.byteLength + this.#partitionKeys.growthWith(partitionKey, keyHash);
    let hashKeyIndex: number | undefined;
    if (explicitHashKey !== undefined) {
      hashKeyIndex = this.#explicitHashKeys.indexOf(explicitHashKey);
      size += this.#explicitHashKeys.growthWith(explicitHashKey);
    }
    return size + fieldBytes(recordBytes(keyIndex, hashKeyIndex, dataBytes));
  }

  /**
   * Copies a record in. The explicit hash key is canonical decimal; data that is a string is encoded as UTF-8. Who has
   * a hash of the partition key already saves it being hashed again: any will do, but the same for a key each time.
   */
  add(
    partitionKey: string,
    explicitHashKey: string | undefined,
    data: Uint8Array | string,
    keyHash?: number,
  ): void {
    const keyIndex = this.#partitionKeys.add(partitionKey, keyHash);
    const hashKeyIndex =
      explicitHashKey === undefined ? undefined : this.#explicitHashKeys.add(explicitHashKey);
    const dataBytes = typeof data === "string" ? Buffer.byteLength(data) : data.length;
    const contentBytes = recordBytes(keyIndex, hashKeyIndex, dataBytes);

    const records = this.#records;
    records.reserve(fieldBytes(contentBytes));
    records.writeVarint(AGGREGATE_TAGS.record, contentBytes);
    records.writeVarint(RECORD_TAGS.partitionKeyIndex, keyIndex);
    if (hashKeyIndex !== undefined) {
      records.writeVarint(RECORD_TAGS.explicitHashKeyIndex, hashKeyIndex);
    }
    if (typeof data === "string") records.writeText(RECORD_TAGS.data, data, dataBytes);
    else records.writeBytes(RECORD_TAGS.data, data);

    this.#recordCount += 1;
    this.#byteLength = this.#addedUp();
    this.#dataByteLength += dataBytes;
    this.#first ??= {
      partitionKey,
      explicitHashKey,
      dataStart: records.length - dataBytes,
      dataEnd: records.length,
    };
  }

  #addedUp(): number {
    return (
      OVERHEAD_BYTES +
      this.#partitionKeys.byteLength +
      this.#explicitHashKeys.byteLength +
      this.#records.length
    );
  }

  /**
   * The aggregate of the records added so far; the builder can go on. It lies at the beginning of the memory that
   * `memoryFor` gives, which has at least so many bytes; without it, in memory of its own.
   */
  encode(memoryFor?: (bytes: number) => Uint8Array): Uint8Array {
    const aggregate = this.encodeWithoutDigest(memoryFor);
    writeDigests([aggregate]);
    return aggregate;
  }

  /** The same, but for the digest: nobody may see it before `writeDigests` has written that. */
  encodeWithoutDigest(memoryFor: (bytes: number) => Uint8Array = newMemory): Uint8Array {
    invariant(this.#recordCount > 0, "an aggregate has at least one record");
    // Added up again, because an `add` that found no memory may have left a key.
    const byteLength = this.#addedUp();
    const aggregate = memoryFor(byteLength).subarray(0, byteLength);
    aggregate.set(MAGIC);
    let at = MAGIC.length;
    const records = this.#records.view(0, this.#records.length);
    for (const region of [this.#partitionKeys.bytes, this.#explicitHashKeys.bytes, records]) {
      aggregate.set(region, at);
      at += region.length;
    }
    return aggregate;
  }

  /** Forgets all records and keeps the memory, ready for the next aggregate. */
  clear(): void {
    this.#partitionKeys.clear();
    this.#explicitHashKeys.clear();
    this.#records.clear();
    this.#recordCount = 0;
    this.#byteLength = OVERHEAD_BYTES;
    this.#dataByteLength = 0;
    this.#first = undefined;
  }
}

/** Not zeroed first, because every byte of it is written. */
function newMemory(bytes: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
}

/** Where the data of the first record lies; its keys are the caller's own strings. */
interface FirstRecord {
  readonly partitionKey: string;
  readonly explicitHashKey: string | undefined;
  readonly dataStart: number;
  readonly dataEnd: number;
}
