// What aws-kinesis-agg makes of some records: one entry of a PutRecords call, which tells nothing of single records.
import type { PutRecordsRequestEntry } from "@aws-sdk/client-kinesis";
import { RecordAggregator } from "aws-kinesis-agg";
import type { InputRecord } from "./traffic.ts";

/** How many aggregates of about 50 KB share a call. */
export const AGGREGATES = 10;

const aggregator = new RecordAggregator();

/** All of them in one aggregate, whatever shards their keys belong to; it is placed by the first key. */
export function aggregatedEntry(records: readonly InputRecord[]): PutRecordsRequestEntry {
  for (const record of records) aggregator.addUserRecord(record);
  const { data, partitionKey } = aggregator.build() ?? {};
  return { Data: data, PartitionKey: partitionKey };
}
