// The records of one shard in the order in which they were put. Records that arrived in the same
// millisecond, with no gap between their indexes, share a segment, which holds their time and first index once; a record's sequence number is
// made from its index when it is read. Trimming drops whole segments from the front.
import { type Blob, blobLength } from "./blob.ts";
import type { StorageMeter } from "./storage.ts";

interface Segment {
  readonly arrivedAtMs: number;
  readonly firstIndex: number;
  readonly keys: string[];
  readonly data: Blob[];
  bytes: number;
}

/** One record as it is stored. */
export interface StoredRecord {
  readonly index: number;
  readonly arrivedAtMs: number;
  readonly partitionKey: string;
  readonly data: Blob;
}

/** How many indexes to leave out before the next record. */
export type NextGap = () => number;

/** What one read may answer with at most. */
export interface ReadBounds {
  readonly maxRecords: number;
  /** Data and keys; the first record is answered whatever its size. */
  readonly maxBytes: number;
}

/**
 * Stands in the place of a trimmed segment until the array is cut, so that its data is free at once. Its time
 * is before all others: nothing is added to it.
 */
const TRIMMED: Segment = {
  arrivedAtMs: Number.NEGATIVE_INFINITY,
  firstIndex: 0,
  keys: [],
  data: [],
  bytes: 0,
};
/** The array is cut once this many of its segments, and half of them, are trimmed. */
const COMPACT_AT = 1024;

/** An append-only log that forgets from its front. */
export class ShardLog {
  readonly #meter: StorageMeter;
  readonly #nextGap: NextGap | undefined;
  #segments: Segment[] = [];
  #trimmed = 0;
  #nextIndex = 1;
  #lastArrivalMs = Number.NEGATIVE_INFINITY;

  /** What is stored is counted on the meter as well. */
  constructor(meter: StorageMeter, nextGap?: NextGap) {
    this.#meter = meter;
    this.#nextGap = nextGap;
  }

  /** The index that the next record will get. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /** When the newest record arrived. */
  get lastArrivalMs(): number {
    return this.#lastArrivalMs;
  }

  /** When the oldest record that is left arrived; Infinity if none is. */
  get oldestArrivalMs(): number {
    return this.#segments[this.#trimmed]?.arrivedAtMs ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Stores a record of so many bytes, partition key included, and answers its index. Arrival times never fall,
   * even if the clock does.
   */
  append(partitionKey: string, data: Blob, bytes: number, nowMs: number): number {
    this.#meter.bytes += bytes;
    const gap = this.#nextGap?.() ?? 0;
    const index = this.#nextIndex + gap;
    this.#nextIndex = index + 1;
    const last = this.#segments.at(-1);
    if (last !== undefined && nowMs <= last.arrivedAtMs && gap === 0) {
      last.keys.push(partitionKey);
      last.data.push(data);
      last.bytes += bytes;
      return index;
    }
    this.#lastArrivalMs = Math.max(nowMs, this.#lastArrivalMs);
    this.#segments.push({
      arrivedAtMs: this.#lastArrivalMs,
      firstIndex: index,
      keys: [partitionKey],
      data: [data],
      bytes,
    });
    return index;
  }

  /** Forgets what arrived at or before a time. */
  trim(horizonMs: number): void {
    while (this.oldestArrivalMs <= horizonMs && this.#trimmed < this.#segments.length) {
      this.#trimOne();
    }
  }

  /** Forgets the oldest records, all that arrived together; answers how many they were. */
  dropOldest(): number {
    return this.#trimmed < this.#segments.length ? this.#trimOne() : 0;
  }

  #trimOne(): number {
    const segment = this.#segments[this.#trimmed] as Segment;
    this.#meter.bytes -= segment.bytes;
    this.#segments[this.#trimmed] = TRIMMED;
    this.#trimmed += 1;
    if (this.#trimmed >= COMPACT_AT && this.#trimmed * 2 >= this.#segments.length) {
      this.#segments = this.#segments.slice(this.#trimmed);
      this.#trimmed = 0;
    }
    return segment.keys.length;
  }

  /** The index of the first record that arrived at or after a time, or else of the next one to be put. */
  indexAtTime(timeMs: number): number {
    const at = this.#firstSegment((segment) => segment.arrivedAtMs >= timeMs);
    return this.#segments[at]?.firstIndex ?? this.#nextIndex;
  }

  /** When the record with an index arrived; `undefined` if it is not stored. */
  arrivalOf(index: number): number | undefined {
    return this.read(index, { maxRecords: 1, maxBytes: 0 }).find((record) => record.index === index)
      ?.arrivedAtMs;
  }

  /** The records from an index on, or from the oldest one if that is trimmed. */
  read(fromIndex: number, { maxRecords, maxBytes }: ReadBounds): StoredRecord[] {
    const records: StoredRecord[] = [];
    let bytes = 0;
    let at = this.#firstSegment((segment) => lastIndexOf(segment) >= fromIndex);
    for (; at < this.#segments.length; at += 1) {
      const { arrivedAtMs, firstIndex, keys, data } = this.#segments[at] as Segment;
      for (let i = Math.max(0, fromIndex - firstIndex); i < keys.length; i += 1) {
        const record = {
          index: firstIndex + i,
          arrivedAtMs,
          partitionKey: keys[i] as string,
          data: data[i] as Blob,
        };
        bytes += blobLength(record.data) + Buffer.byteLength(record.partitionKey);
        if (records.length === maxRecords || (bytes > maxBytes && records.length > 0))
          return records;
        records.push(record);
      }
    }
    return records;
  }

  /** Where the first untrimmed segment with a property stands that all later ones have too. */
  #firstSegment(holds: (segment: Segment) => boolean): number {
    let low = this.#trimmed;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(this.#segments[middle] as Segment)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function lastIndexOf(segment: Segment): number {
  return segment.firstIndex + segment.keys.length - 1;
}
