// The fast way in: reads messages in the form in which producers write them, which is both tables, then the
// records, each with its fields in order and nothing else. Whatever else it meets, right or wrong, makes it
// give up, and protobuf-decoder.ts judges; what both read, they read alike.
import { MAX_HASH_KEY } from "@shardline/core";
import type { AggregatedRecord } from "./deaggregation.ts";
import { AGGREGATE_TAGS, RECORD_TAGS } from "./format.ts";

/** The records of a message, their data as views of it; `undefined` if it is not in the usual form. */
export function decodeCanonical(message: Uint8Array): AggregatedRecord[] | undefined {
  return decoder.decode(message);
}

const NOTHING = new Uint8Array(0);

const MAX_VARINT_BITS = 28;
/** What is read where no varint of up to four bytes is: more than any of them. */
const ODD: number = 2 ** MAX_VARINT_BITS;

class CanonicalDecoder {
  #message: Uint8Array = NOTHING;
  /** The same bytes, because a Buffer's `toString` beats a TextDecoder on short texts. */
  #text: Buffer = Buffer.from(NOTHING.buffer);
  #at = 0;

  decode(message: Uint8Array): AggregatedRecord[] | undefined {
    this.#turnTo(message);
    const records = this.#readAggregate();
    this.#turnTo(NOTHING);
    return records;
  }

  #turnTo(message: Uint8Array): void {
    this.#message = message;
    this.#text = Buffer.from(message.buffer, message.byteOffset, message.length);
    this.#at = 0;
  }

  #readAggregate(): AggregatedRecord[] | undefined {
    const partitionKeys = this.#readTable(AGGREGATE_TAGS.partitionKey);
    const explicitHashKeys = this.#readTable(AGGREGATE_TAGS.explicitHashKey);
    if (!explicitHashKeys.every(isHashKey)) return undefined;
    const records: AggregatedRecord[] = [];
    while (this.#at < this.#message.length) {
      const record = this.#readRecord(partitionKeys, explicitHashKeys);
      if (record === undefined) return undefined;
      records.push(record);
    }
    return records;
  }

  /** Ends before whatever is no entry of the table. */
  #readTable(tag: number): string[] {
    const keys: string[] = [];
    for (;;) {
      const length = this.#readLength(tag);
      if (length === ODD) return keys;
      keys.push(this.#text.toString("utf8", this.#at, this.#at + length));
      this.#at += length;
    }
  }

  #readRecord(
    partitionKeys: readonly string[],
    explicitHashKeys: readonly string[],
  ): AggregatedRecord | undefined {
    const recordLength = this.#readLength(AGGREGATE_TAGS.record);
    const recordEnd = this.#at + recordLength;
    const partitionKey = partitionKeys[this.#readVarint(RECORD_TAGS.partitionKeyIndex)];
    const hasHashKey = this.#message[this.#at] === RECORD_TAGS.explicitHashKeyIndex;
    const explicitHashKey = hasHashKey
      ? explicitHashKeys[this.#readVarint(RECORD_TAGS.explicitHashKeyIndex)]
      : undefined;
    const dataLength = this.#readLength(RECORD_TAGS.data);

    if (recordLength === ODD || dataLength === ODD) return undefined;
    if (this.#at + dataLength !== recordEnd || partitionKey === undefined) return undefined;
    const data = this.#view(dataLength);
    if (!hasHashKey) return { partitionKey, data };
    return explicitHashKey === undefined ? undefined : { partitionKey, explicitHashKey, data };
  }

  #view(length: number): Uint8Array {
    const { buffer, byteOffset } = this.#message;
    const view = new Uint8Array(buffer, byteOffset + this.#at, length);
    this.#at += length;
    return view;
  }

  /** The length of a field that lies wholly inside the message. */
  #readLength(tag: number): number {
    const start = this.#at;
    const length = this.#readVarint(tag);
    if (length === ODD || this.#at + length <= this.#message.length) return length;
    this.#at = start;
    return ODD;
  }

  #readVarint(tag: number): number {
    const message = this.#message;
    let at = this.#at;
    if (message[at++] !== tag) return ODD;
    let value = 0;
    for (let shift = 0; shift < MAX_VARINT_BITS; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) return ODD;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.#at = at;
        return value;
      }
    }
    return ODD;
  }
}

const MAX_HASH_KEY_DIGITS = MAX_HASH_KEY.toString();
const DIGITS = /^[0-9]{1,39}$/;

/** Numbers of the same length are ordered as their digits are. */
function isHashKey(text: string): boolean {
  if (!DIGITS.test(text)) return false;
  return text.length < MAX_HASH_KEY_DIGITS.length || text <= MAX_HASH_KEY_DIGITS;
}

/**
 * One for all messages: a garbage collection that finds no instance of a class also drops the code that was
 * compiled for it, and decoding starts slowly again.
 */
const decoder = new CanonicalDecoder();
