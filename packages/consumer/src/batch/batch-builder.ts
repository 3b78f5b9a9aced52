// Fetched Kinesis records -> batches of user records: taken out of their aggregates, filtered by hash range and by
// position, and cut to size.
import { type AggregatedRecord, deaggregate } from "@shardline/aggregation";
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

/** A batch, and what is known when it is done. */
export interface BuiltBatch {
  /** Without records if all were filtered out at the end of a fetch: nothing to handle, but a position to reach. */
  readonly batch: Batch;
  /** The position that is reached when it is done: filtered records behind it included. */
  readonly upTo: Position;
  /** Of data. */
  readonly bytes: number;
  /** True for a batch of one raw record, an aggregate that points outside its own tables: nothing for a handler. */
  readonly isMalformed: boolean;
  /** How many records up to there did not belong to the shard. */
  readonly outOfRange: number;
}

/**
 * Builds the batches of one fetch, leaving out what lies at or before `after`, if that is given. Each is built when it is
 * asked for: a fetch of aggregates has so many records that all of them at a time would cost the garbage collector more
 * than everything else (`npm run bench -- consumer`).
 */
export function* buildBatches(
  { millisBehindLatest, records }: Pick<Fetch, "millisBehindLatest" | "records">,
  after: Position | undefined,
  rules: BatchRules,
): Generator<BuiltBatch, void, void> {
  const builder = new BatchBuilder(millisBehindLatest, after, rules);
  for (const record of records) {
    builder.add(record);
    yield* builder.takeBuilt();
  }
  builder.finish();
  yield* builder.takeBuilt();
}

type UserData = Pick<ConsumedRecord, "data" | "explicitHashKey" | "partitionKey">;

const NONE: readonly BuiltBatch[] = [];

class BatchBuilder {
  readonly #millisBehindLatest: number;
  readonly #after: Position | undefined;
  readonly #rules: BatchRules;
  #built: BuiltBatch[] = [];
  #records: ConsumedRecord[] = [];
  #bytes = 0;
  /** How far the batch reaches that is being built. */
  #reached: string | undefined;
  #reachedIndex = 0;
  #outOfRange = 0;

  constructor(millisBehindLatest: number, after: Position | undefined, rules: BatchRules) {
    this.#millisBehindLatest = millisBehindLatest;
    this.#after = after;
    this.#rules = rules;
  }

  add(record: KinesisRecord): void {
    const firstNew = this.#firstNew(record);
    if (firstNew === Number.POSITIVE_INFINITY) return;
    const content = deaggregate(record.data);
    if (content.kind !== "aggregate") {
      if (firstNew > 0) return;
      if (content.kind === "malformed") this.#addMalformed(record);
      else this.#addUserRecord(record, record, 0, false);
      return;
    }
    const { records } = content;
    // Only a service that places records itself takes them without a key: what is inside belongs wherever it is.
    const isAnywhere = record.partitionKey === undefined;
    for (let i = firstNew; i < records.length; i += 1) {
      const userRecord = records[i] as AggregatedRecord;
      const { explicitHashKey, partitionKey } = userRecord;
      const isOutOfRange = !isAnywhere && !this.#rules.filter.covers(partitionKey, explicitHashKey);
      this.#addUserRecord(record, userRecord, i, isOutOfRange);
    }
  }

  finish(): void {
    this.#close(false);
  }

  /** What was built since the last time. */
  takeBuilt(): readonly BuiltBatch[] {
    if (this.#built.length === 0) return NONE;
    const built = this.#built;
    this.#built = [];
    return built;
  }

  /** A batch of its own, between those of the records before and behind it. */
  #addMalformed(record: KinesisRecord): void {
    this.#close(false);
    this.#addUserRecord(record, record, 0, false);
    this.#close(true);
  }

  #addUserRecord(
    record: KinesisRecord,
    content: UserData,
    subSequenceNumber: number,
    isOutOfRange: boolean,
  ): void {
    if (!isOutOfRange || this.#rules.outOfRange === "deliver") {
      const bytes = content.data.length;
      this.#makeRoom(bytes);
      this.#records.push(consumedRecord(content, record, subSequenceNumber, isOutOfRange));
      this.#bytes += bytes;
    }
    if (isOutOfRange) this.#outOfRange += 1;
    this.#reached = record.sequenceNumber;
    this.#reachedIndex = subSequenceNumber;
  }

  /** The index of the first user record that was not handled before: reading begins again at the record of the checkpoint. */
  #firstNew({ sequenceNumber }: KinesisRecord): number {
    const after = this.#after;
    if (after === undefined) return 0;
    const order = comparePositions(
      { sequenceNumber, subSequenceNumber: 0 },
      { sequenceNumber: after.sequenceNumber, subSequenceNumber: 0 },
    );
    if (order > 0) return 0;
    return order < 0 ? Number.POSITIVE_INFINITY : after.subSequenceNumber + 1;
  }

  #makeRoom(bytes: number): void {
    const { maxBytes, maxRecords } = this.#rules.limits;
    const isFull = this.#records.length >= maxRecords || this.#bytes + bytes > maxBytes;
    if (isFull && this.#records.length > 0) this.#close(false);
  }

  #close(isMalformed: boolean): void {
    if (this.#reached === undefined) return;
    const records = Object.freeze(this.#records);
    // Frozen, because a batch that failed is handed out again as it was.
    const batch = Object.freeze({ records, millisBehindLatest: this.#millisBehindLatest });
    const upTo = { sequenceNumber: this.#reached, subSequenceNumber: this.#reachedIndex };
    const [bytes, outOfRange] = [this.#bytes, this.#outOfRange];
    this.#built.push({ batch, bytes, isMalformed, outOfRange, upTo });
    this.#records = [];
    this.#bytes = 0;
    this.#reached = undefined;
    this.#outOfRange = 0;
  }
}

/** Literals and no spreads, which would take longer than all else that is done for a record. */
function consumedRecord(
  { data, explicitHashKey, partitionKey }: UserData,
  { arrivedAtMs, sequenceNumber }: KinesisRecord,
  subSequenceNumber: number,
  isOutOfRange: boolean,
): ConsumedRecord {
  if (partitionKey === undefined) {
    return { data, sequenceNumber, subSequenceNumber, arrivedAtMs, isOutOfRange };
  }
  if (explicitHashKey === undefined) {
    return { data, sequenceNumber, subSequenceNumber, arrivedAtMs, isOutOfRange, partitionKey };
  }
  return {
    data,
    sequenceNumber,
    subSequenceNumber,
    arrivedAtMs,
    isOutOfRange,
    partitionKey,
    explicitHashKey,
  };
}
