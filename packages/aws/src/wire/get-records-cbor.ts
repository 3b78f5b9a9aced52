// The body of a GetRecords answer in CBOR: the data of its records are views of the body itself.
import type { GetRecordsAnswer, KinesisRecord } from "@shardline/core";
import { expectAnswer } from "../answer-mismatch.ts";
import { answerOf } from "../get-records.ts";
import { recordOf } from "../shard-records.ts";
import { CBOR_KINDS, CborCursor } from "./cbor-cursor.ts";
import { readCborItem } from "./cbor-reader.ts";

/** A text or bytes whose length is not told. */
const IN_PIECES = 31;
const TIME_TAG = (CBOR_KINDS.tag << 5) | 1;
const FLOAT32 = 0xfa;
const FLOAT64 = 0xfb;
/** In seconds it is in the year 5138, in milliseconds before there was a Kinesis. */
const LEAST_MS = 100_000_000_000;

/** Reads a body. Throws an AnswerMismatch. */
export function readGetRecordsCbor(body: Buffer): GetRecordsAnswer {
  const cursor = new CborCursor(body);
  let records: KinesisRecord[] | undefined;
  const frame: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  cursor.passEach(CBOR_KINDS.map, () => {
    const name = passText(cursor);
    if (name === "Records") records = passRecords(cursor);
    else frame[name] = readCborItem(cursor);
  });
  cursor.expectEnd();
  expectAnswer(records, "an answer without a list of records");
  return answerOf(records, frame);
}

function passRecords(cursor: CborCursor): KinesisRecord[] {
  const records: KinesisRecord[] = [];
  cursor.passEach(CBOR_KINDS.list, () => records.push(passRecord(cursor)));
  return records;
}

function passRecord(cursor: CborCursor): KinesisRecord {
  let sequenceNumber: unknown;
  let partitionKey: unknown;
  let data: unknown;
  let arrivedAtMs: number | undefined;
  cursor.passEach(CBOR_KINDS.map, () => {
    switch (passText(cursor)) {
      case "SequenceNumber":
        sequenceNumber = passTextOr(cursor);
        break;
      case "PartitionKey":
        partitionKey = passTextOr(cursor);
        break;
      case "Data":
        data = passBytes(cursor);
        break;
      case "ApproximateArrivalTimestamp":
        arrivedAtMs = passTime(cursor);
        break;
      default:
        cursor.passItem();
    }
  });
  return recordOf(sequenceNumber, partitionKey, data, arrivedAtMs);
}

/** A name, or what else must be a text in one piece. */
function passText(cursor: CborCursor): string {
  const head = cursor.passHead();
  const isOnePiece = head >> 5 === CBOR_KINDS.text && (head & 0x1f) !== IN_PIECES;
  expectAnswer(isOnePiece, "CBOR with a field whose name is no text");
  return textBehind(cursor, head);
}

/** A text, or whatever else is there. */
function passTextOr(cursor: CborCursor): unknown {
  const head = cursor.peekHead();
  if (head >> 5 !== CBOR_KINDS.text || (head & 0x1f) === IN_PIECES) return readCborItem(cursor);
  return textBehind(cursor, cursor.passHead());
}

function textBehind(cursor: CborCursor, head: number): string {
  const length = cursor.passPiece(head);
  return cursor.bytes.toString("utf8", cursor.at - length, cursor.at);
}

function passBytes(cursor: CborCursor): unknown {
  const head = cursor.peekHead();
  if (head >> 5 !== CBOR_KINDS.bytes || (head & 0x1f) === IN_PIECES) return readCborItem(cursor);
  const length = cursor.passPiece(cursor.passHead());
  const { buffer, byteOffset } = cursor.bytes;
  return new Uint8Array(buffer, byteOffset + cursor.at - length, length);
}

/** Tagged as a time or not, in seconds, as the tag means it, or in milliseconds, as the SDKs for Java read and write it. */
function passTime(cursor: CborCursor): number {
  if (cursor.peekHead() === TIME_TAG) cursor.passHead();
  const time = passNumber(cursor);
  return time >= LEAST_MS ? Math.round(time) : Math.round(time * 1000);
}

function passNumber(cursor: CborCursor): number {
  const head = cursor.passHead();
  if (head >> 5 === CBOR_KINDS.whole) return cursor.passNumber(head);
  expectAnswer(head === FLOAT32 || head === FLOAT64, "CBOR with a time that is no number");
  const begin = cursor.at;
  cursor.skip(head === FLOAT64 ? 8 : 4);
  return head === FLOAT64 ? cursor.bytes.readDoubleBE(begin) : cursor.bytes.readFloatBE(begin);
}
