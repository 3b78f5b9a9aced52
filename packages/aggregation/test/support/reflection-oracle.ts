// A second opinion: protobufjs with its reflection, on a definition of the format, and the look-up of keys as
// the KCL does it. On long varints it differs from the KCL's parser, and so from us; `isComparable` tells
// where, and there the recorded verdicts of the KCL decide (test/golden).
import type { AggregatedRecord, Deaggregation, RecordTag } from "@shardline/aggregation";
import protobuf from "protobufjs";

const DEFINITION = `
  syntax = "proto2";
  message Tag {
    required string key = 1;
    optional string value = 2;
  }
  message Record {
    required uint64 keyIndex = 1;
    optional uint64 hashKeyIndex = 2;
    required bytes data = 3;
    repeated Tag tags = 4;
  }
  message Aggregate {
    repeated string keys = 1;
    repeated string hashKeys = 2;
    repeated Record records = 3;
  }
`;
const aggregateType = protobuf.parse(DEFINITION, { keepCase: true }).root.lookupType("Aggregate");

interface OracleAggregate {
  readonly keys: readonly string[];
  readonly hashKeys: readonly string[];
  readonly records: readonly OracleRecord[];
}

interface OracleRecord {
  /** All 64 bits, in decimal. */
  readonly keyIndex: string;
  readonly hashKeyIndex?: string;
  readonly data: Uint8Array;
  readonly tags: readonly RecordTag[];
}

/** What a message is, and its records if it has them. */
export function judgeByReflection(message: Uint8Array): Deaggregation["kind"] | AggregatedRecord[] {
  const aggregate = parse(message);
  if (aggregate === undefined) return "plain";
  const records = aggregate.records.map((record) => resolve(record, aggregate));
  return records.every((record) => record !== undefined) ? records : "malformed";
}

/** Whether a message has no varint of more than four bytes, nor anything that could be one. */
export function isComparable(message: Uint8Array): boolean {
  let run = 0;
  return message.every((byte) => {
    run = byte < 0x80 ? 0 : run + 1;
    return run < 4;
  });
}

function parse(message: Uint8Array): OracleAggregate | undefined {
  try {
    const options = { longs: String, arrays: true };
    return aggregateType.toObject(aggregateType.decode(message), options) as OracleAggregate;
  } catch {
    return undefined;
  }
}

function resolve(
  { keyIndex, hashKeyIndex, data, tags }: OracleRecord,
  { keys, hashKeys }: OracleAggregate,
): AggregatedRecord | undefined {
  const partitionKey = keys[lowerHalf(keyIndex)];
  if (partitionKey === undefined) return undefined;
  const record = { partitionKey, data: new Uint8Array(data), ...(tags.length > 0 ? { tags } : {}) };
  if (hashKeyIndex === undefined) return record;
  const explicitHashKey = hashKeys[lowerHalf(hashKeyIndex)] ?? "";
  const isHashKey = /^\+?\d+$/.test(explicitHashKey) && BigInt(explicitHashKey) < 2n ** 128n;
  return isHashKey ? { ...record, explicitHashKey } : undefined;
}

const lowerHalf = (index: string): number => Number(BigInt.asUintN(32, BigInt(index)));
