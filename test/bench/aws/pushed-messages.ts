// Ready messages of an event stream: one event of a megabyte, in large records or in small ones.
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

/** How a megabyte is divided into records. */
export type RecordSize = "50 KB" | "1 KB";

/** Records in one event. */
export const EVENT_RECORDS: Readonly<Record<RecordSize, number>> = { "50 KB": 20, "1 KB": 1000 };
/** Data of the records of one event. */
export const EVENT_BYTES = 1_000_000;
/** Of one subscription. */
export const EVENTS = 32;

/** The message with one event. */
export function eventMessage(size: RecordSize): Buffer {
  const records = EVENT_RECORDS[size];
  const Records = Array.from({ length: records }, (_, i) => ({
    SequenceNumber: String(49_665_000_000_000_000_000_000_000n + BigInt(i)).padEnd(56, "0"),
    ApproximateArrivalTimestamp: 1_767_225_600.123,
    Data: randomBytes(EVENT_BYTES / records).toString("base64"),
    PartitionKey: `user-${String(i).padStart(6, "0")}`,
  }));
  const ContinuationSequenceNumber = Records.at(-1)?.SequenceNumber;
  const event = { Records, ContinuationSequenceNumber, MillisBehindLatest: 0 };
  return message("SubscribeToShardEvent", JSON.stringify(event));
}

/** One message of text headers. */
export function message(eventType: string, payload: string): Buffer {
  const headers = Buffer.concat([
    header(":message-type", "event"),
    header(":event-type", eventType),
    header(":content-type", "application/x-amz-json-1.1"),
  ]);
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(16 + headers.length + payload.length, 0);
  lengths.writeUInt32BE(headers.length, 4);
  const begun = Buffer.concat([lengths, checksum(lengths), headers, Buffer.from(payload)]);
  return Buffer.concat([begun, checksum(begun)]);
}

function header(name: string, value: string): Buffer {
  const type = Buffer.of(7, 0, value.length);
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name), type, Buffer.from(value)]);
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}
