// What a producer stores, taken apart by three that share no code: ours, the npm package aws-kinesis-agg, and a
// decoder that protobufjs generates from the schema.
import { createHash } from "node:crypto";
import { type AggregatedRecord, deaggregate } from "@shardline/aggregation";
import type { KinesisRecord, UserRecord } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { startEmulator } from "@shardline/emulator";
import { createProducer } from "@shardline/producer";
import { deaggregateSync } from "aws-kinesis-agg";
import protobuf from "protobufjs";
import { beforeAll, expect, test } from "vitest";

const RECORDS = 100_000;
/** https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md, read 2026-11-21. */
const SCHEMA = `
  syntax = "proto2";
  message AggregatedRecord {
    repeated string partition_key_table = 1;
    repeated string explicit_hash_key_table = 2;
    repeated Record records = 3;
  }
  message Tag { required string key = 1; optional string value = 2; }
  message Record {
    required uint64 partition_key_index = 1;
    optional uint64 explicit_hash_key_index = 2;
    required bytes data = 3;
    repeated Tag tags = 4;
  }`;

const aggregatedRecord = protobuf.parse(SCHEMA).root.lookupType("AggregatedRecord");
const random = new SeededRandom(20_261_121);
const ALPHABET = ["a", "7", "é", "я", "☃", "🔑", "_", " ", "\0"];

let put: UserRecord[];
let carriers: readonly KinesisRecord[];

function below(count: number): number {
  return Math.floor(random.next() * count);
}

/** Mostly one of some keys, so that tables of keys are shared; some look like integers. */
function randomKey(): string {
  if (random.next() < 0.8) return String(below(300));
  return Array.from({ length: 1 + below(12) }, () => ALPHABET[below(ALPHABET.length)]).join("");
}

function randomRecord(hasHashKey: boolean): UserRecord {
  const data = random.bytes(random.next() < 0.99 ? below(64) : below(40_000));
  const partitionKey = randomKey();
  if (!hasHashKey) return { partitionKey, data };
  const digest = createHash("md5")
    .update(String(below(500)))
    .digest("hex");
  return { partitionKey, data, explicitHashKey: BigInt(`0x${digest}`) };
}

beforeAll(async () => {
  await using emulator = await startEmulator({ streams: { orders: 4 } });
  const { kinesis } = emulator;
  const producer = createProducer({ stream: "orders", kinesis, rateLimit: false });
  // aws-kinesis-agg gives records without an explicit hash key the first one of their aggregate, so they do not mix.
  put = Array.from({ length: RECORDS }, (_, i) => randomRecord(i >= RECORDS / 2));
  for (const half of [put.slice(0, RECORDS / 2), put.slice(RECORDS / 2)]) {
    for await (const { kind } of producer.putMany(half)) expect(kind).toBe("stored");
  }
  await producer.close();
  const shards = emulator.inspect("orders")?.shards ?? [];
  carriers = shards.flatMap(({ records }) => records);
});

function byUs(aggregate: Uint8Array): string[] {
  const content = deaggregate(aggregate);
  return content.kind === "aggregate" ? content.records.map(told) : [];
}

function byAwsKinesisAgg(carrier: Uint8Array): string[] {
  const record = { partitionKey: "a", sequenceNumber: "1", data: Buffer.from(carrier) };
  let members: string[] = [];
  deaggregateSync(record, true, (error, userRecords = []) => {
    if (error) throw error;
    members = userRecords.map(({ data, explicitPartitionKey, partitionKey }) =>
      told({
        partitionKey,
        data: Buffer.from(data, "base64"),
        ...(explicitPartitionKey === undefined ? {} : { explicitHashKey: explicitPartitionKey }),
      }),
    );
  });
  return members;
}

interface Decoded {
  readonly partitionKeyTable: readonly string[];
  readonly explicitHashKeyTable?: readonly string[];
  readonly records: readonly {
    readonly partitionKeyIndex: number;
    readonly explicitHashKeyIndex?: number;
    readonly data: Uint8Array;
  }[];
}

function byProtobufjs(carrier: Uint8Array): string[] {
  const body = carrier.subarray(4, -16);
  expect(createHash("md5").update(body).digest()).toEqual(Buffer.from(carrier.subarray(-16)));
  const message = aggregatedRecord.decode(body);
  expect(aggregatedRecord.verify(message)).toBeNull();
  const decoded = aggregatedRecord.toObject(message, { longs: Number }) as Decoded;
  return decoded.records.map(({ data, explicitHashKeyIndex, partitionKeyIndex }) =>
    told({
      partitionKey: decoded.partitionKeyTable[partitionKeyIndex] as string,
      data,
      ...(explicitHashKeyIndex === undefined
        ? {}
        : { explicitHashKey: decoded.explicitHashKeyTable?.[explicitHashKeyIndex] as string }),
    }),
  );
}

/** One text for a record, because comparing 100,000 objects takes its time. */
function told({ data, explicitHashKey, partitionKey }: AggregatedRecord): string {
  return JSON.stringify([partitionKey, explicitHashKey, Buffer.from(data).toString("base64")]);
}

test("two independent de-aggregators and ours agree on 100,000 random records", () => {
  const aggregates = carriers
    .map(({ data }) => data)
    .filter((data) => deaggregate(data).kind === "aggregate");
  // All but a record now and then that left alone.
  expect(carriers.length - aggregates.length).toBeLessThan(carriers.length / 10);
  const ours = aggregates.map(byUs);
  expect(ours.flat().length).toBeGreaterThan(RECORDS - carriers.length);
  expect(aggregates.map(byAwsKinesisAgg)).toEqual(ours);
  expect(aggregates.map(byProtobufjs)).toEqual(ours);
});

test("and what they read is what was put", () => {
  const read = carriers.flatMap(({ data, partitionKey = "" }) => {
    const content = deaggregate(data);
    return content.kind === "aggregate" ? content.records : [{ data, partitionKey }];
  });
  expect(read.map(keyAndData).toSorted()).toEqual(put.map(keyAndData).toSorted());
});

function keyAndData({ data, partitionKey }: Pick<UserRecord, "data" | "partitionKey">): string {
  return JSON.stringify([partitionKey, Buffer.from(data as Uint8Array).toString("base64")]);
}
