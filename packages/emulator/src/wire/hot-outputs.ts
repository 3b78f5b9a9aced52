// The outputs that hold records, written as JSON by hand, because most of the time of a call is spent here.
// Numbers, ids and base64 need no escaping; partition keys do. The text is turned into bytes piece by piece: as one
// text of megabytes, all its parts would be copied by the garbage collector (`npm run bench -- emulator`, E3).
import { blobText } from "../stream/blob.ts";
import type { SubscribeToShardEvent } from "../fan-out/subscription-event.ts";
import type { GetRecordsOutput } from "../operations/get-records.ts";
import type { PutRecordsOutput, PutRecordsResult } from "../operations/put-records.ts";
import type { RecordOutput } from "../stream/read-description.ts";

/** Longer than the answer to most puts. */
const PIECE_LENGTH = 65_536;

/** What PutRecords answers. */
export function writePutRecords({ Records, ...rest }: PutRecordsOutput): Buffer {
  return writeList('{"Records":[', Records, writeResult, `],${JSON.stringify(rest).slice(1)}`);
}

/** What GetRecords answers, and what one event of a subscription holds. */
export function writeRecords({
  Records,
  ...rest
}: GetRecordsOutput | SubscribeToShardEvent): Buffer {
  return writeList('{"Records":[', Records, writeRecord, `],${JSON.stringify(rest).slice(1)}`);
}

function writeList<Item>(
  head: string,
  items: readonly Item[],
  write: (item: Item) => string,
  tail: string,
): Buffer {
  const pieces: Buffer[] = [];
  let text = head;
  let separator = "";
  for (const item of items) {
    text += separator + write(item);
    separator = ",";
    if (text.length < PIECE_LENGTH) continue;
    pieces.push(Buffer.from(text));
    text = "";
  }
  const last = Buffer.from(text + tail);
  return pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
}

function writeResult(result: PutRecordsResult): string {
  return "SequenceNumber" in result
    ? `{"SequenceNumber":"${result.SequenceNumber}","ShardId":"${result.ShardId}"}`
    : JSON.stringify(result);
}

function writeRecord(record: RecordOutput): string {
  return (
    `{"SequenceNumber":"${record.SequenceNumber}"` +
    `,"ApproximateArrivalTimestamp":${record.ApproximateArrivalTimestamp}` +
    `,"Data":"${blobText(record.Data)}"` +
    (record.PartitionKey === undefined
      ? ""
      : `,"PartitionKey":${JSON.stringify(record.PartitionKey)}`) +
    (record.EncryptionType === undefined ? "}" : `,"EncryptionType":"${record.EncryptionType}"}`)
  );
}
