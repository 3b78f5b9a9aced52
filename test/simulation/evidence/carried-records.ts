// What is inside of a Kinesis record, as a reader sees it. The decoder is the product's: that it agrees with the KCL's is
// shown by the tests with Amazon's libraries.
import { deaggregate } from "@shardline/aggregation";
import { hashKeyOf, type PutRecordsEntry } from "@shardline/core";
import { decodeRecord, intactBytes, type SimRecord } from "./sim-record.ts";

/** A user record inside a Kinesis record. */
interface CarriedRecord {
  readonly record: SimRecord;
  readonly partitionKey: string;
  /** Of its data; 0 if they are not as they were put. */
  readonly bytes: number;
  readonly hashKey: bigint;
}

interface Content {
  readonly isAggregate: boolean;
  readonly records: readonly CarriedRecord[];
}

/** Of entries that were looked at: most land soon after they are sent. */
const known = new WeakMap<PutRecordsEntry, Content>();

/** Takes a Kinesis record apart. Its bytes are not to change, and if they did what is delivered would not be what landed. */
export function carriedBy(entry: PutRecordsEntry): Content {
  const content = known.get(entry) ?? contentOf(entry);
  known.set(entry, content);
  return content;
}

/** Where a record belongs. */
export function hashKeyOfEntry({
  explicitHashKey,
  partitionKey = "",
}: Omit<PutRecordsEntry, "data">): bigint {
  return explicitHashKey === undefined ? hashKeyOf(partitionKey) : BigInt(explicitHashKey);
}

function contentOf(entry: PutRecordsEntry): Content {
  const content = deaggregate(entry.data);
  const isAggregate = content.kind === "aggregate";
  const records = isAggregate ? content.records : [entry];
  return { isAggregate, records: records.map(carried) };
}

function carried(entry: PutRecordsEntry): CarriedRecord {
  const { data, partitionKey = "" } = entry;
  const hashKey = hashKeyOfEntry(entry);
  return { record: decodeRecord(data), partitionKey, bytes: intactBytes(data), hashKey };
}
