// The framing of event streams, pure: a message of text headers and a payload, between two checksums.
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html, 2026-11-21.
//
//   total length u32 | headers' length u32 | CRC32 of these 8 bytes | headers | payload | CRC32 of all before
//   header: name's length u8 | name | type u8 = 7 | value's length u16 | value
import { crc32 } from "node:zlib";

/** Headers by name; names take up to 255 bytes, values up to 65,535. */
export type MessageHeaders = Readonly<Record<string, string>>;

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
/** The only type in use: the Java SDK reads every header as text. */
const TEXT = 7;

/** Writes the headers that messages of a kind have in common, to be used for each of them. */
export function encodeHeaders(headers: MessageHeaders): Buffer {
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => {
      const nameBytes = Buffer.from(name);
      const valueBytes = Buffer.from(value);
      const valueLength = Buffer.alloc(2);
      valueLength.writeUInt16BE(valueBytes.length);
      return [Buffer.of(nameBytes.length), nameBytes, Buffer.of(TEXT), valueLength, valueBytes];
    }),
  );
}

/** Writes one message. */
export function encodeMessage(headers: Buffer, payload: Uint8Array): Buffer {
  const bytes = PRELUDE_BYTES + headers.length + payload.length + CHECKSUM_BYTES;
  const message = Buffer.allocUnsafe(bytes);
  message.writeUInt32BE(bytes, 0);
  message.writeUInt32BE(headers.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  message.set(headers, PRELUDE_BYTES);
  message.set(payload, PRELUDE_BYTES + headers.length);
  const checksumAt = bytes - CHECKSUM_BYTES;
  message.writeUInt32BE(crc32(message.subarray(0, checksumAt)), checksumAt);
  return message;
}
