// The outputs that hold records, written as JSON by hand, because most of the time of a call is spent here.
// Numbers, ids and base64 need no escaping; partition keys do.
import { blobText } from "../stream/blob.ts";
import type { SubscribeToShardEvent } from "../fan-out/subscription-event.ts";
import type { GetRecordsOutput } from "../operations/get-records.ts";
import type { PutRecordsOutput } from "../operations/put-records.ts";

/** What PutRecords answers. */
export function writePutRecords({ FailedRecordCount, Records }: PutRecordsOutput): string {
  let results = "";
  for (const result of Records) {
    if (results !== "") results += ",";
    results +=
      "SequenceNumber" in result
        ? `{"SequenceNumber":"${result.SequenceNumber}","ShardId":"${result.ShardId}"}`
        : JSON.stringify(result);
  }
  return `{"FailedRecordCount":${FailedRecordCount},"Records":[${results}]}`;
}

/** What GetRecords answers, and what one event of a subscription holds. */
export function writeRecords({
  Records,
  ...rest
}: GetRecordsOutput | SubscribeToShardEvent): string {
  let records = "";
  for (const record of Records) {
    if (records !== "") records += ",";
    records +=
      `{"SequenceNumber":"${record.SequenceNumber}"` +
      `,"ApproximateArrivalTimestamp":${record.ApproximateArrivalTimestamp}` +
      `,"Data":"${blobText(record.Data)}"` +
      `,"PartitionKey":${JSON.stringify(record.PartitionKey)}}`;
  }
  return `{"Records":[${records}],${JSON.stringify(rest).slice(1)}`;
}
