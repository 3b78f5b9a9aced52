// The body of a PutRecords call in CBOR (RFC 8949): the bytes of the records as they are, a third shorter than in base64.
import type { PutRecordsRequest } from "@shardline/core";
import { streamFields } from "../stream-fields.ts";
import type { WrittenBody } from "./put-records-json.ts";

const BYTES = 2 << 5;
const TEXT = 3 << 5;
const LIST = 4 << 5;
const MAP = 5 << 5;
/** A type and a length. */
const MAX_HEAD_BYTES = 5;
/** In UTF-8 a unit of a text takes so many bytes at most. */
const MAX_UNIT_BYTES = 3;
/** The names of an entry's fields, the heads of its values, and what is around them all. */
const FRAME_BYTES = 64;

const DATA = name("Data");
const PARTITION_KEY = name("PartitionKey");
const EXPLICIT_HASH_KEY = name("ExplicitHashKey");
const RECORDS = name("Records");

/** Writes a body into a buffer that `take` gives. */
export function writePutRecordsCbor(
  { entries, stream }: PutRecordsRequest,
  take: (bytes: number) => Buffer,
): WrittenBody {
  const about = Object.entries<string>(streamFields(stream));
  const buffer = take(mostBytes(entries) + mostBytesOf(about));
  let at = writeHead(buffer, 0, MAP, about.length + 1);
  for (const text of about.flat()) at = writeText(buffer, at, text);
  at += RECORDS.copy(buffer, at);
  at = writeHead(buffer, at, LIST, entries.length);
  for (const { data, explicitHashKey, partitionKey } of entries) {
    const keys = (partitionKey === undefined ? 0 : 1) + (explicitHashKey === undefined ? 0 : 1);
    at = writeHead(buffer, at, MAP, 1 + keys);
    at += DATA.copy(buffer, at);
    at = writeHead(buffer, at, BYTES, data.byteLength);
    buffer.set(data, at);
    at += data.byteLength;
    if (partitionKey !== undefined) {
      at += PARTITION_KEY.copy(buffer, at);
      at = writeText(buffer, at, partitionKey);
    }
    if (explicitHashKey === undefined) continue;
    at += EXPLICIT_HASH_KEY.copy(buffer, at);
    at = writeText(buffer, at, explicitHashKey);
  }
  return { body: buffer.subarray(0, at), buffer };
}

function mostBytesOf(about: readonly (readonly [string, string])[]): number {
  return about.reduce((sum, [, value]) => sum + FRAME_BYTES + value.length * MAX_UNIT_BYTES, 0);
}

function mostBytes(entries: PutRecordsRequest["entries"]): number {
  let bytes = 0;
  for (const { data, explicitHashKey, partitionKey } of entries) {
    const units = (partitionKey?.length ?? 0) + (explicitHashKey?.length ?? 0);
    bytes += data.byteLength + units * MAX_UNIT_BYTES + FRAME_BYTES;
  }
  return bytes;
}

function writeText(buffer: Buffer, at: number, text: string): number {
  const bytes = Buffer.byteLength(text);
  const begin = writeHead(buffer, at, TEXT, bytes);
  return begin + buffer.write(text, begin);
}

/** Type and length, the length in as few bytes as it needs. */
function writeHead(buffer: Buffer, at: number, type: number, length: number): number {
  if (length < 24) return buffer.writeUInt8(type | length, at);
  if (length < 0x100) return buffer.writeUInt16BE(((type | 24) << 8) | length, at);
  if (length < 0x10000) return buffer.writeUInt16BE(length, buffer.writeUInt8(type | 25, at));
  return buffer.writeUInt32BE(length, buffer.writeUInt8(type | 26, at));
}

function name(text: string): Buffer {
  const buffer = Buffer.alloc(MAX_HEAD_BYTES + text.length);
  return buffer.subarray(0, writeText(buffer, 0, text));
}
