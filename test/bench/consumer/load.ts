// What shards bring: kinds of answers to GetRecords, and how many records each has.
import { randomBytes } from "node:crypto";
import { AggregateBuilder } from "@shardline/aggregation";
import { type HashKeyRange, hashKeyOf, MAX_HASH_KEY, rangeContains } from "@shardline/core";

/** A kind of answer. */
export interface Load {
  readonly id:
    | "agg"
    | "1kb"
    | "empty"
    | "small"
    | "second"
    | "second1kb"
    | "backlog"
    | "backlog1kb";
  readonly title: string;
  /** Of one answer. */
  readonly kinesisRecords: number;
  /** In each of them; none in one that is no aggregate. */
  readonly perAggregate: number;
  readonly dataBytes: number;
  /** Calls that a reader keeps under way. */
  readonly pollers: number;
  readonly shards: number;
}

export const LOADS: Readonly<Record<Load["id"], Load>> = {
  agg: {
    id: "agg",
    title: "200 aggregates of 431 records of 100 B",
    kinesisRecords: 200,
    perAggregate: 431,
    dataBytes: 100,
    pollers: 2,
    shards: 2,
  },
  "1kb": {
    id: "1kb",
    title: "10,000 records of 1 KB",
    kinesisRecords: 10_000,
    perAggregate: 0,
    dataBytes: 1024,
    pollers: 2,
    shards: 2,
  },
  empty: {
    id: "empty",
    title: "no records",
    kinesisRecords: 0,
    perAggregate: 0,
    dataBytes: 0,
    pollers: 24,
    shards: 2,
  },
  small: {
    id: "small",
    title: "10,000 records of 10 B",
    kinesisRecords: 10_000,
    perAggregate: 0,
    dataBytes: 10,
    pollers: 0,
    shards: 100,
  },
  second: {
    id: "second",
    title: "40 aggregates of 431 records of 100 B, a second's worth of a shard",
    kinesisRecords: 40,
    perAggregate: 431,
    dataBytes: 100,
    pollers: 1,
    shards: 1,
  },
  second1kb: {
    id: "second1kb",
    title: "2,000 records of 1 KB, a second's worth of a shard",
    kinesisRecords: 2000,
    perAggregate: 0,
    dataBytes: 1024,
    pollers: 1,
    shards: 1,
  },
  backlog: {
    id: "backlog",
    title: "431,000 records of 100 B in aggregates of 431",
    kinesisRecords: 125,
    perAggregate: 431,
    dataBytes: 100,
    pollers: 0,
    shards: 8,
  },
  backlog1kb: {
    id: "backlog1kb",
    title: "120,000 records of 1 KB",
    kinesisRecords: 15_000,
    perAggregate: 0,
    dataBytes: 1024,
    pollers: 0,
    shards: 8,
  },
};

/** What a record of an answer is made of. */
export interface StoredRecord {
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly data: Buffer;
}

/** The shards of a stream, of equal width. */
export function shardsOf({ shards }: Load): readonly HashKeyRange[] {
  const startOf = (shard: number): bigint => ((MAX_HASH_KEY + 1n) * BigInt(shard)) / BigInt(shards);
  return Array.from({ length: shards }, (_, shard) => {
    return { start: startOf(shard), end: startOf(shard + 1) - 1n };
  });
}

const KEYS = 20;
/** What all sequence numbers begin with, and how many digits tell them apart. */
export const LEADING_DIGITS = "49665".padEnd(44, "0");
export const COUNTING_DIGITS = 12;

/** How many user records an answer brings. */
export function userRecordsOf({ kinesisRecords, perAggregate }: Load): number {
  return kinesisRecords * (perAggregate === 0 ? 1 : perAggregate);
}

/** The records of one answer of a shard. */
export function storedRecords(load: Load, shard: HashKeyRange): StoredRecord[] {
  const keys = keysOf(shard);
  return Array.from({ length: load.kinesisRecords }, (_, i) => ({
    sequenceNumber: LEADING_DIGITS + String(i).padStart(COUNTING_DIGITS, "0"),
    partitionKey: keys[i % KEYS] as string,
    data: load.perAggregate === 0 ? randomBytes(load.dataBytes) : aggregate(load, keys),
  }));
}

function aggregate({ dataBytes, perAggregate }: Load, keys: readonly string[]): Buffer {
  const builder = new AggregateBuilder();
  for (let i = 0; i < perAggregate; i += 1) {
    builder.add(keys[i % KEYS] as string, undefined, randomBytes(dataBytes));
  }
  return Buffer.from(builder.encode());
}

/** Keys whose records belong to a shard. */
function keysOf(shard: HashKeyRange): string[] {
  const keys: string[] = [];
  for (let i = 0; keys.length < KEYS; i += 1) {
    const key = `user-${String(i).padStart(6, "0")}`;
    if (rangeContains(shard, hashKeyOf(key))) keys.push(key);
  }
  return keys;
}
