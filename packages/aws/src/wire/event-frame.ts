// One message of an event stream, pure: headers and a payload between two checksums.
// https://smithy.io/2.0/aws/amazon-eventstream.html, read 2026-11-22.
//
//   total length u32 | headers' length u32 | CRC32 of these 8 bytes | headers | payload | CRC32 of all before
//   header: name's length u8 | name | type u8 | value
import { crc32 } from "node:zlib";
import { withStatus } from "./service-error.ts";

/** A message that is whole and undamaged. */
export interface EventFrame {
  /** Those whose value is text. */
  readonly headers: ReadonlyMap<string, string>;
  /** A view of the message. */
  readonly payload: Buffer;
}

/** As long as this are the two lengths and their checksum. */
export const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
/** As much as an answer of GetRecords: an event holds no more records, nor larger ones. */
const MAX_BYTES = 32 * 1024 * 1024;

const TEXT = 7;
const BYTES = 6;
/** How long the values of the other types are, by the number of the type. */
const VALUE_BYTES: readonly (number | undefined)[] = [
  0,
  0,
  1,
  2,
  4,
  8,
  undefined,
  undefined,
  8,
  16,
];

/** How long a message is, by its first bytes. Throws if they are damaged, or beyond all bounds. */
export function frameBytes(prelude: Buffer): number {
  const [bytes, headerBytes] = [prelude.readUInt32BE(0), prelude.readUInt32BE(4)];
  expectWhole(prelude.readUInt32BE(8) === crc32(prelude.subarray(0, 8)), "wrong first checksum");
  const isPossible = headerBytes + PRELUDE_BYTES + CHECKSUM_BYTES <= bytes && bytes <= MAX_BYTES;
  expectWhole(isPossible, "impossible length");
  return bytes;
}

/** Reads a message of the length that its first bytes tell. Throws if it is damaged. */
export function readFrame(frame: Buffer): EventFrame {
  const payloadEnd = frame.length - CHECKSUM_BYTES;
  const checksum = frame.readUInt32BE(payloadEnd);
  expectWhole(checksum === crc32(frame.subarray(0, payloadEnd)), "wrong checksum");
  const payloadBegin = PRELUDE_BYTES + frame.readUInt32BE(4);
  const headers = readHeaders(frame.subarray(PRELUDE_BYTES, payloadBegin));
  return { headers, payload: frame.subarray(payloadBegin, payloadEnd) };
}

/** The error of a stream that is not what was sent. It quotes nothing: there are records in it. */
export function damagedStream(what: string): Error {
  return withStatus(new Error(`an event stream with a message of ${what}`), 200) as Error;
}

function readHeaders(bytes: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const typeAt = at + 1 + numberAt(bytes, at, 1);
    const type = numberAt(bytes, typeAt, 1);
    const valueAt = typeAt + 1 + lengthBytes(type);
    const end = valueAt + valueBytes(bytes, typeAt + 1, type);
    expectWhole(end <= bytes.length, "broken headers");
    if (type === TEXT) {
      headers.set(bytes.toString("utf8", at + 1, typeAt), bytes.toString("utf8", valueAt, end));
    }
    at = end;
  }
  return headers;
}

function lengthBytes(type: number): number {
  return type === TEXT || type === BYTES ? 2 : 0;
}

function valueBytes(bytes: Buffer, at: number, type: number): number {
  const known = lengthBytes(type) === 0 ? VALUE_BYTES[type] : numberAt(bytes, at, 2);
  expectWhole(known !== undefined, "broken headers");
  return known;
}

function numberAt(bytes: Buffer, at: number, byteLength: number): number {
  expectWhole(at + byteLength <= bytes.length, "broken headers");
  return bytes.readUIntBE(at, byteLength);
}

function expectWhole(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw damagedStream(otherwise);
}
