// Fetched Kinesis records -> batches of user records: taken out of their aggregates, filtered by hash range and by
// position, and cut to size.
import { deaggregate } from "@shardline/aggregation";
import { comparePositions, type KinesisRecord, type Position } from "@shardline/core";
import type { Fetch } from "./fetch.ts";
import type { Batch, ConsumedRecord } from "./handler.ts";
import type { HashRangeFilter } from "./hash-range-filter.ts";

/** Bounds of a batch. */
export interface BatchLimits {
  readonly maxRecords: number;
  /** Of data; a larger record makes a batch of its own. */
  readonly maxBytes: number;
}

export interface BatchRules {
  readonly limits: BatchLimits;
  readonly filter: HashRangeFilter;
  /** What becomes of records that do not belong to the shard. */
  readonly outOfRange: "drop" | "deliver";
}

/** A batch, and the position that is reached when it is done: filtered records behind it included. */
export interface BuiltBatch {
  readonly batch: Batch;
  readonly upTo: Position;
  /** True for a batch of one raw record, an aggregate that points outside its own tables: nothing for a handler. */
  readonly isMalformed: boolean;
}

export interface BuiltBatches {
  /** The last one may be without records: then there is nothing to handle, but a position to reach. */
  readonly batches: readonly BuiltBatch[];
  readonly outOfRange: number;
  /** Aggregates that point outside their own tables. */
  readonly malformed: number;
}

/** Builds the batches of one fetch, leaving out what lies at or before `after`, if that is given. */
export function buildBatches(
  { millisBehindLatest, records }: Pick<Fetch, "millisBehindLatest" | "records">,
  after: Position | undefined,
  rules: BatchRules,
): BuiltBatches {
  const builder = new BatchBuilder(millisBehindLatest, after, rules);
  for (const record of records) builder.add(record);
  return builder.finish();
}

class BatchBuilder {
  readonly #millisBehindLatest: number;
  readonly #after: Position | undefined;
  readonly #rules: BatchRules;
  readonly #batches: BuiltBatch[] = [];
  #records: ConsumedRecord[] = [];
  #bytes = 0;
  #upTo: Position | undefined;
  #outOfRange = 0;
  #malformed = 0;

  constructor(millisBehindLatest: number, after: Position | undefined, rules: BatchRules) {
    this.#millisBehindLatest = millisBehindLatest;
    this.#after = after;
    this.#rules = rules;
  }

  add(record: KinesisRecord): void {
    const content = deaggregate(record.data);
    if (content.kind !== "aggregate") {
      if (content.kind === "malformed") this.#addMalformed(record);
      else this.#addUserRecord(record, record, 0, false);
      return;
    }
    for (const [i, userRecord] of content.records.entries()) {
      const { explicitHashKey, partitionKey } = userRecord;
      const isOutOfRange = !this.#rules.filter.covers(partitionKey, explicitHashKey);
      this.#addUserRecord(record, userRecord, i, isOutOfRange);
    }
  }

  finish(): BuiltBatches {
    this.#close(false);
    return { batches: this.#batches, outOfRange: this.#outOfRange, malformed: this.#malformed };
  }

  /** A batch of its own, between those of the records before and behind it. */
  #addMalformed(record: KinesisRecord): void {
    if (!this.#isNew({ sequenceNumber: record.sequenceNumber, subSequenceNumber: 0 })) return;
    this.#malformed += 1;
    this.#close(false);
    this.#addUserRecord(record, record, 0, false);
    this.#close(true);
  }

  #addUserRecord(
    { arrivedAtMs, sequenceNumber }: KinesisRecord,
    content: Pick<ConsumedRecord, "data" | "explicitHashKey" | "partitionKey">,
    subSequenceNumber: number,
    isOutOfRange: boolean,
  ): void {
    const position = { sequenceNumber, subSequenceNumber };
    if (!this.#isNew(position)) return;
    if (isOutOfRange) this.#outOfRange += 1;
    if (!isOutOfRange || this.#rules.outOfRange === "deliver") {
      this.#makeRoom(content.data.length);
      const { data, explicitHashKey, partitionKey } = content;
      this.#records.push({
        data,
        sequenceNumber,
        subSequenceNumber,
        arrivedAtMs,
        isOutOfRange,
        ...(partitionKey === undefined ? {} : { partitionKey }),
        ...(explicitHashKey === undefined ? {} : { explicitHashKey }),
      });
      this.#bytes += data.length;
    }
    this.#upTo = position;
  }

  /** Not handled before: reading begins again at the record that the checkpoint lies in. */
  #isNew(position: Position): boolean {
    return this.#after === undefined || comparePositions(position, this.#after) > 0;
  }

  #makeRoom(bytes: number): void {
    const { maxBytes, maxRecords } = this.#rules.limits;
    const isFull = this.#records.length >= maxRecords || this.#bytes + bytes > maxBytes;
    if (isFull && this.#records.length > 0) this.#close(false);
  }

  #close(isMalformed: boolean): void {
    if (this.#upTo === undefined) return;
    const records = Object.freeze(this.#records);
    // Frozen, because a batch that failed is handed out again as it was.
    const batch = Object.freeze({ records, millisBehindLatest: this.#millisBehindLatest });
    this.#batches.push({ batch, upTo: this.#upTo, isMalformed });
    this.#records = [];
    this.#bytes = 0;
    this.#upTo = undefined;
  }
}
