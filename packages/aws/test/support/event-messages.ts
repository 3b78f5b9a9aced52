// Messages of event streams as the service sends them. Written from the format, not from the reader.
import { crc32 } from "node:zlib";

/** One message with headers that are texts. */
export function message(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const encoded = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(Buffer.byteLength(value));
      return Buffer.concat([
        Buffer.of(Buffer.byteLength(name)),
        Buffer.from(name),
        Buffer.of(7),
        length,
        Buffer.from(value),
      ]);
    }),
  );
  return framed(encoded, Buffer.from(payload));
}

/** A message of headers and payload that may be anything. */
export function framed(headers: Uint8Array, payload: Uint8Array): Buffer {
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(16 + headers.length + payload.length, 0);
  prelude.writeUInt32BE(headers.length, 4);
  const begun = Buffer.concat([prelude, checksum(prelude), headers, payload]);
  return Buffer.concat([begun, checksum(begun)]);
}

/** The message with which an answer begins. */
export const INITIAL = message(
  { ":message-type": "event", ":event-type": "initial-response" },
  "{}",
);

/** An event, with the members of the service's model. */
export function event(body: object, type = "SubscribeToShardEvent"): Buffer {
  const headers = {
    ":message-type": "event",
    ":event-type": type,
    ":content-type": "application/x-amz-json-1.1",
  };
  return message(headers, JSON.stringify(body));
}

/** An event of records with these data, numbered from a number on. */
export function recordsEvent(from: number, ...texts: readonly string[]): Buffer {
  const Records = texts.map((text, i) => ({
    SequenceNumber: String(from + i),
    ApproximateArrivalTimestamp: 1_700_000_000.5,
    PartitionKey: "k",
    Data: Buffer.from(text).toString("base64"),
  }));
  const ContinuationSequenceNumber = String(from + texts.length);
  return event({ Records, ContinuationSequenceNumber, MillisBehindLatest: 0 });
}

/** The service's exception in the stream. */
export function exceptionMessage(name: string, text: string): Buffer {
  const headers = { ":message-type": "exception", ":exception-type": name };
  return message(headers, JSON.stringify({ message: text }));
}

function checksum(bytes: Uint8Array): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}
