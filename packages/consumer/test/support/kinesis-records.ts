// Kinesis records as a read brings them, plain and aggregated.
import { createHash } from "node:crypto";
import { AggregateBuilder } from "@shardline/aggregation";
import type { KinesisRecord } from "@shardline/core";
import type { ConsumedRecord } from "../../src/batch/handler.ts";

/** What goes into an aggregate. */
export interface Inside {
  readonly key?: string;
  readonly hashKey?: bigint;
  readonly text: string;
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf({ data }: { readonly data: Uint8Array }): string {
  return new TextDecoder().decode(data);
}

export function plainRecord(sequenceNumber: number, text: string, key = "key"): KinesisRecord {
  return {
    sequenceNumber: String(sequenceNumber),
    partitionKey: key,
    data: bytesOf(text),
    arrivedAtMs: 1_000_000 + sequenceNumber,
  };
}

export function aggregateOf(inside: readonly Inside[]): Uint8Array {
  const builder = new AggregateBuilder();
  for (const { hashKey, key = "key", text } of inside) {
    builder.add(key, hashKey?.toString(), bytesOf(text));
  }
  return builder.encode();
}

export function aggregateRecord(sequenceNumber: number, inside: readonly Inside[]): KinesisRecord {
  return { ...plainRecord(sequenceNumber, "", "a"), data: aggregateOf(inside) };
}

/** A record that looks like an aggregate in every way, but names a key that is not in its table. */
export function malformedRecord(sequenceNumber: number): KinesisRecord {
  const builder = new AggregateBuilder();
  builder.add("k", undefined, bytesOf("x"));
  const data = builder.encode();
  // Magic (4), key table (tag, length, "k"), record (tag, length, tag of the key's index), its index.
  const message = data.subarray(4, data.length - 16);
  const at = message.indexOf(0x1a) + 3;
  message[at] = 9;
  data.set(createHash("md5").update(message).digest(), data.length - 16);
  return { ...plainRecord(sequenceNumber, ""), data };
}

/** Position and text of a record that was handed out. */
export function placeOf(record: ConsumedRecord): string {
  return `${record.sequenceNumber}/${record.subSequenceNumber} ${textOf(record)}`;
}
