// All of proto2, for messages that are valid but not as producers write them: fields in any order, unknown
// fields and groups, odd varints, tags. It accepts what the KCL's parser accepts and nothing else, because a
// message that one takes apart and the other hands on whole would get other subsequence numbers from each.
import { parseExplicitHashKey } from "@shardline/core";
import protobuf, { type Reader } from "protobufjs/minimal.js";
import type { AggregatedRecord, Deaggregation, RecordTag } from "./deaggregation.ts";
import { AGGREGATE_TAGS, RECORD_TAGS, TAG_TAGS } from "./format.ts";
import { readBytes, readInside, readText, skipField } from "./protobuf-fields.ts";

/** Takes a message apart, its data as views; what is no message of this kind is plain. */
export function decodeProtobuf(message: Uint8Array): Deaggregation {
  const aggregate = readMessage(message);
  return "reason" in aggregate ? { kind: "plain" } : resolveKeys(aggregate);
}

/** Where reading a message came to its end, and why. */
export interface MessageFault {
  readonly reason: string;
  /** Bytes of the message that were read before. */
  readonly atByte: number;
}

/** Why a message is no message of this kind; `undefined` if it is one. */
export function faultOf(message: Uint8Array): MessageFault | undefined {
  const aggregate = readMessage(message);
  return "reason" in aggregate ? aggregate : undefined;
}

function readMessage(message: Uint8Array): WireAggregate | MessageFault {
  const reader = new protobuf.Reader(message);
  try {
    return readAggregate(reader);
  } catch (error) {
    return { reason: reasonOf(error as Error), atByte: reader.pos };
  }
}

/** What protobufjs throws at the end of the bytes is full of its own numbers. */
function reasonOf({ message }: Error): string {
  return message.startsWith("index out of range") ? "a field ends behind what it is in" : message;
}

/** A message as it was written: records may come before the tables that they point into. */
interface WireAggregate {
  readonly partitionKeys: string[];
  readonly explicitHashKeys: string[];
  readonly records: WireRecord[];
}

interface WireRecord {
  readonly partitionKeyIndex: number;
  readonly explicitHashKeyIndex: number | undefined;
  readonly data: Uint8Array;
  readonly tags: readonly RecordTag[];
}

/** How many messages each is inside of. */
const DEPTH = { aggregate: 0, record: 1, tag: 2 } as const;

function readAggregate(reader: Reader): WireAggregate {
  const aggregate: WireAggregate = { partitionKeys: [], explicitHashKeys: [], records: [] };
  const { partitionKeys, explicitHashKeys, records } = aggregate;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === AGGREGATE_TAGS.partitionKey) partitionKeys.push(readText(reader));
    else if (tag === AGGREGATE_TAGS.explicitHashKey) explicitHashKeys.push(readText(reader));
    else if (tag === AGGREGATE_TAGS.record) records.push(readInside(reader, readRecord));
    else skipField(reader, tag, DEPTH.aggregate);
  }
  return aggregate;
}

/** Of a field that comes several times the last one counts. */
function readRecord(reader: Reader): WireRecord {
  let partitionKeyIndex: number | undefined;
  let explicitHashKeyIndex: number | undefined;
  let data: Uint8Array | undefined;
  const tags: RecordTag[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    // Indexes are 64 bits wide, of which the KCL uses the lower half.
    if (tag === RECORD_TAGS.partitionKeyIndex) partitionKeyIndex = reader.uint32();
    else if (tag === RECORD_TAGS.explicitHashKeyIndex) explicitHashKeyIndex = reader.uint32();
    else if (tag === RECORD_TAGS.data) data = readBytes(reader);
    else if (tag === RECORD_TAGS.tag) tags.push(readInside(reader, readTag));
    else skipField(reader, tag, DEPTH.record);
  }
  if (partitionKeyIndex === undefined || data === undefined) {
    throw new RangeError("a record lacks a required field");
  }
  return { partitionKeyIndex, explicitHashKeyIndex, data, tags };
}

function readTag(reader: Reader): RecordTag {
  let key: string | undefined;
  let value: string | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === TAG_TAGS.key) key = readText(reader);
    else if (tag === TAG_TAGS.value) value = readText(reader);
    else skipField(reader, tag, DEPTH.tag);
  }
  if (key === undefined) throw new RangeError("a tag lacks its key");
  return value === undefined ? { key } : { key, value };
}

function resolveKeys(aggregate: WireAggregate): Deaggregation {
  const records: AggregatedRecord[] = [];
  for (const record of aggregate.records) {
    const resolved = resolveRecord(record, aggregate);
    if (typeof resolved === "string") {
      return { kind: "malformed", reason: `record ${records.length} names ${resolved}` };
    }
    records.push(resolved);
  }
  return { kind: "aggregate", records };
}

/** A record with its keys, or what is wrong with them. */
function resolveRecord(
  { partitionKeyIndex, explicitHashKeyIndex, data, tags }: WireRecord,
  { partitionKeys, explicitHashKeys }: WireAggregate,
): AggregatedRecord | string {
  const partitionKey = partitionKeys[partitionKeyIndex];
  if (partitionKey === undefined) return "a partition key that is not there";
  const record = tags.length === 0 ? { partitionKey, data } : { partitionKey, data, tags };
  if (explicitHashKeyIndex === undefined) return record;
  const explicitHashKey = explicitHashKeys[explicitHashKeyIndex];
  if (explicitHashKey === undefined) return "an explicit hash key that is not there";
  return isHashKey(explicitHashKey)
    ? { ...record, explicitHashKey }
    : "an explicit hash key that is no hash key";
}

/** White space, which is put up with where a record is put, is none of a number to Java. */
function isHashKey(text: string): boolean {
  return !/\s/.test(text) && parseExplicitHashKey(text) !== undefined;
}
