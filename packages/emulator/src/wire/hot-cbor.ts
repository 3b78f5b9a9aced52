// The lists of records that answers hold, written as CBOR by hand, because most of the time of a call is spent
// here: a tenth of what the library needs (docs/decisions/2026-11-21-cbor.md).
import { encode } from "cborg";
import { type Blob, blobLength } from "../stream/blob.ts";
import type { PutRecordsResult } from "../operations/put-records.ts";

/** A record as it is read. */
export interface CborRecord {
  readonly SequenceNumber: string;
  /** Epoch seconds with three decimals. */
  readonly ApproximateArrivalTimestamp: number;
  readonly Data: Blob;
  /** Absent if the record was put without one. */
  readonly PartitionKey?: string;
  /** Absent if the record is not encrypted. */
  readonly EncryptionType?: "KMS";
}

const MAJOR_BYTES = 2;
const MAJOR_TEXT = 3;
const MAJOR_LIST = 4;
const MAJOR_MAP = 5;
const MAP_OF_2 = "\xa2";
/** Tag 1, then a number of 64 bits. */
const TIME = "\xc1\x1b";
/** Names, heads and numbers of one record are less than that. */
const MAX_FRAME_BYTES = 256;
const MAX_BYTES_PER_UNIT = 3;

const SEQUENCE_NUMBER = text("SequenceNumber");
const SHARD_ID = text("ShardId");
const ARRIVAL = text("ApproximateArrivalTimestamp");
const DATA = text("Data");
const PARTITION_KEY = text("PartitionKey");
const ENCRYPTED = text("EncryptionType") + text("KMS");

/** The outcomes of the entries of a PutRecords call. */
export function writeResults(results: readonly PutRecordsResult[]): Buffer {
  let list = head(MAJOR_LIST, results.length);
  for (const result of results) {
    list +=
      "SequenceNumber" in result
        ? MAP_OF_2 + SEQUENCE_NUMBER + text(result.SequenceNumber) + SHARD_ID + text(result.ShardId)
        : Buffer.from(encode(result)).toString("latin1");
  }
  return Buffer.from(list, "latin1");
}

/** Records read. */
export function writeRecords(records: readonly CborRecord[]): Buffer {
  let room = MAX_FRAME_BYTES;
  for (const { Data, PartitionKey = "" } of records) {
    room += MAX_FRAME_BYTES + blobLength(Data) + PartitionKey.length * MAX_BYTES_PER_UNIT;
  }
  const list = Buffer.allocUnsafe(room);
  let at = list.write(head(MAJOR_LIST, records.length), "latin1");
  for (const record of records) at = writeRecord(record, list, at);
  return list.subarray(0, at);
}

/** Answers where the next record goes. */
function writeRecord(record: CborRecord, list: Buffer, start: number): number {
  const { SequenceNumber, ApproximateArrivalTimestamp, Data, PartitionKey, EncryptionType } =
    record;
  const memberCount =
    3 + (PartitionKey === undefined ? 0 : 1) + (EncryptionType === undefined ? 0 : 1);
  const length = blobLength(Data);
  const arrival = TIME + uint64(Math.round(ApproximateArrivalTimestamp * 1000));
  let at = start;
  at += list.write(
    head(MAJOR_MAP, memberCount) +
      (SEQUENCE_NUMBER + text(SequenceNumber) + ARRIVAL + arrival) +
      (EncryptionType === undefined ? "" : ENCRYPTED),
    at,
    "latin1",
  );
  if (PartitionKey !== undefined) {
    const keyBytes = Buffer.byteLength(PartitionKey);
    at += list.write(PARTITION_KEY + head(MAJOR_TEXT, keyBytes), at, "latin1");
    at += list.write(PartitionKey, at);
  }
  at += list.write(DATA + head(MAJOR_BYTES, length), at, "latin1");
  if (typeof Data === "string") list.write(Data, at, "base64");
  else list.set(Data, at);
  return at + length;
}

/** Of ASCII only. */
function text(value: string): string {
  return head(MAJOR_TEXT, value.length) + value;
}

/** The head of an item, each byte as a character. */
function head(major: number, length: number): string {
  const type = major << 5;
  if (length < 24) return String.fromCharCode(type | length);
  if (length < 256) return String.fromCharCode(type | 24, length);
  if (length < 65_536) return String.fromCharCode(type | 25) + uint16(length);
  return String.fromCharCode(type | 26) + uint16(length >>> 16) + uint16(length & 0xffff);
}

function uint16(value: number): string {
  return String.fromCharCode(value >>> 8, value & 0xff);
}

function uint64(value: number): string {
  const high = Math.floor(value / 2 ** 32);
  return (
    uint16(high >>> 16) +
    uint16(high & 0xffff) +
    uint16((value >>> 16) & 0xffff) +
    uint16(value & 0xffff)
  );
}
