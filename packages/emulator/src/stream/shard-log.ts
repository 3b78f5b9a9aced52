// The records of one shard in the order in which they were put. Records that arrived in the same
// millisecond, lie on one page and have no gap between their indexes share a segment, which holds their time and
// first index once; a record's sequence number is made from its index when it is read. Trimming drops whole
// segments from the front.
import type { Blob } from "./blob.ts";
import { RecordPage } from "./record-page.ts";
import type { PackedRecord } from "./journal.ts";
import type { StorageMeter } from "./storage.ts";
import { newTally, type Tally } from "./traffic.ts";

interface Segment {
  readonly arrivedAtMs: number;
  readonly firstIndex: number;
  readonly page: RecordPage;
  /** Of the first record on the page. */
  readonly firstSlot: number;
  count: number;
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
/** Makes what a reader wants of one record. */
type Make<T> = (index: number, arrivedAtMs: number, partitionKey: string, data: Blob) => T;

/** What one read may answer with at most. */
export interface ReadBounds {
  readonly maxRecords: number;
  /** Data and keys; the first record is answered whatever its size. */
  readonly maxBytes: number;
  /** What is read is added to it. */
  readonly tally?: Tally;
}

/**
 * Stands in the place of a trimmed segment until the array is cut, so that its data is free at once. Its time
 * is before all others: nothing is added to it.
 */
const TRIMMED: Segment = {
  arrivedAtMs: Number.NEGATIVE_INFINITY,
  firstIndex: 0,
  page: new RecordPage(0),
  firstSlot: 0,
  count: 0,
  bytes: 0,
};
/** A log's first page is small, because many shards hold few records; each next one is twice as large. */
const FIRST_PAGE_BYTES = 1024;
const PAGE_BYTES = 65_536;
/** The array is cut once this many of its segments, and half of them, are trimmed. */
const COMPACT_AT = 1024;

/** An append-only log that forgets from its front. */
export class ShardLog {
  readonly #meter: StorageMeter;
  readonly #nextGap: NextGap | undefined;
  #segments: Segment[] = [];
  /** Where the next record goes. */
  #page: RecordPage = TRIMMED.page;
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

  /** The index of the oldest record that is left; that of the next one if none is. */
  get oldestIndex(): number {
    return this.#segments[this.#trimmed]?.firstIndex ?? this.#nextIndex;
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
    if (!this.#page.push(partitionKey, data, bytes)) {
      this.#turnPage(RecordPage.roomFor(partitionKey, bytes));
      this.#page.push(partitionKey, data, bytes);
    }
    this.#extend(index, nowMs, bytes, gap === 0);
    return index;
  }

  /** Stores a record again that was stored once, behind all others. */
  appendPacked({ index, arrivedAtMs, packed }: PackedRecord): void {
    const follows = index === this.#nextIndex;
    this.#nextIndex = index + 1;
    if (!this.#page.pushPacked(packed)) {
      this.#turnPage(packed.length);
      this.#page.pushPacked(packed);
    }
    const bytes = this.#page.bytesAt(this.#page.count - 1);
    this.#meter.bytes += bytes;
    this.#extend(index, arrivedAtMs, bytes, follows);
  }

  /** Goes on at an index and a time, at the least. */
  advanceTo(nextIndex: number, lastArrivalMs: number): void {
    this.#nextIndex = Math.max(this.#nextIndex, nextIndex);
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, lastArrivalMs);
  }

  /** The record that was stored last; there must be one. */
  newest(): PackedRecord {
    const packed = this.#page.packedAt(this.#page.count - 1);
    return { index: this.#nextIndex - 1, arrivedAtMs: this.#lastArrivalMs, packed };
  }

  /** Counts the record that was put on the page last. */
  #extend(index: number, nowMs: number, bytes: number, follows: boolean): void {
    const last = this.#segments.at(-1);
    const continues = last?.page === this.#page && nowMs <= last.arrivedAtMs && follows;
    if (continues) {
      last.count += 1;
      last.bytes += bytes;
      return;
    }
    this.#lastArrivalMs = Math.max(nowMs, this.#lastArrivalMs);
    this.#segments.push({
      arrivedAtMs: this.#lastArrivalMs,
      firstIndex: index,
      page: this.#page,
      firstSlot: this.#page.count - 1,
      count: 1,
      bytes,
    });
  }

  /** Forgets what arrived at or before a time. */
  trim(horizonMs: number): void {
    while (this.oldestArrivalMs <= horizonMs && this.#trimmed < this.#segments.length) {
      this.#trimOne();
    }
  }

  /** Forgets some of the oldest records, which arrived together; answers how many they were. */
  dropOldest(): number {
    return this.#trimmed < this.#segments.length ? this.#trimOne() : 0;
  }

  #turnPage(minBytes: number): void {
    const bytes = Math.min(Math.max(2 * this.#page.capacity, FIRST_PAGE_BYTES), PAGE_BYTES);
    this.#page = new RecordPage(Math.max(bytes, minBytes));
  }

  #trimOne(): number {
    const segment = this.#segments[this.#trimmed] as Segment;
    this.#meter.bytes -= segment.bytes;
    this.#segments[this.#trimmed] = TRIMMED;
    this.#trimmed += 1;
    if (this.#trimmed === this.#segments.length) this.#page = TRIMMED.page;
    if (this.#trimmed >= COMPACT_AT && this.#trimmed * 2 >= this.#segments.length) {
      this.#segments = this.#segments.slice(this.#trimmed);
      this.#trimmed = 0;
    }
    return segment.count;
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
  read(fromIndex: number, bounds: ReadBounds): StoredRecord[] {
    return this.readAs(fromIndex, bounds, (index, arrivedAtMs, partitionKey, data) => ({
      index,
      arrivedAtMs,
      partitionKey,
      data,
    }));
  }

  /** The same, each made into what the reader wants: no object is made that nobody keeps. */
  readAs<T>(fromIndex: number, bounds: ReadBounds, make: Make<T>): T[] {
    const { maxRecords, maxBytes, tally = newTally() } = bounds;
    const records: T[] = [];
    let bytes = 0;
    let at = this.#firstSegment((segment) => lastIndexOf(segment) >= fromIndex);
    for (; at < this.#segments.length; at += 1) {
      const { arrivedAtMs, firstIndex, page, firstSlot, count } = this.#segments[at] as Segment;
      for (let i = Math.max(0, fromIndex - firstIndex); i < count; i += 1) {
        const slot = firstSlot + i;
        const size = page.bytesAt(slot);
        bytes += size;
        const isFull = records.length === maxRecords || (bytes > maxBytes && records.length > 0);
        if (isFull) return records;
        tally.records += 1;
        tally.bytes += size;
        records.push(make(firstIndex + i, arrivedAtMs, page.keyAt(slot), page.dataAt(slot)));
      }
    }
    return records;
  }

  /** Some records from an index on and below another, of which the last may pass the bound, as they are packed. */
  packedFrom(fromIndex: number, belowIndex: number, maxBytes: number): PackedRecord[] {
    const records: PackedRecord[] = [];
    let bytes = 0;
    let at = this.#firstSegment((segment) => lastIndexOf(segment) >= fromIndex);
    for (; at < this.#segments.length; at += 1) {
      const { arrivedAtMs, firstIndex, page, firstSlot, count } = this.#segments[at] as Segment;
      for (let i = Math.max(0, fromIndex - firstIndex); i < count; i += 1) {
        const index = firstIndex + i;
        if (index >= belowIndex || bytes >= maxBytes) return records;
        const packed = page.packedAt(firstSlot + i);
        bytes += packed.length;
        records.push({ index, arrivedAtMs, packed });
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
  return segment.firstIndex + segment.count - 1;
}
