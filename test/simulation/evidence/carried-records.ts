// What is inside of a Kinesis record, as a reader sees it. The decoder is the product's: that it agrees with the KCL's is
// shown by the tests with Amazon's libraries.
import { deaggregate } from "@shardline/aggregation";
import { hashKeyOf, type PutRecordsEntry } from "@shardline/core";
import { decodeRecord, type SimRecord } from "./sim-record.ts";

/** A user record inside a Kinesis record. */
interface CarriedRecord {
  readonly record: SimRecord;
  readonly partitionKey: string;
  readonly hashKey: bigint;
}

/** Takes a Kinesis record apart. */
export function carriedBy(entry: PutRecordsEntry): {
  readonly isAggregate: boolean;
  readonly records: readonly CarriedRecord[];
} {
  const content = deaggregate(entry.data);
  const isAggregate = content.kind === "aggregate";
  const records = isAggregate ? content.records : [entry];
  return { isAggregate, records: records.map(carried) };
}

/** Where a record belongs. */
export function hashKeyOfEntry({
  explicitHashKey,
  partitionKey = "",
}: Omit<PutRecordsEntry, "data">): bigint {
  return explicitHashKey === undefined ? hashKeyOf(partitionKey) : BigInt(explicitHashKey);
}

function carried(entry: PutRecordsEntry): CarriedRecord {
  const { data, partitionKey = "" } = entry;
  return { record: decodeRecord(data), partitionKey, hashKey: hashKeyOfEntry(entry) };
}
