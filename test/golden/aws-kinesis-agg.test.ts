// The codec against the aggregator that Node.js users know, aws-kinesis-agg, in what that one gets right. It
// sorts keys that look like integers (V10 holds them), gives records without an explicit hash key the first
// one of the table, and refuses empty keys; none of these occur here.
import { AggregateBuilder, deaggregate } from "@shardline/aggregation";
import { deaggregateSync, RecordAggregator, type UserRecord } from "aws-kinesis-agg";
import fc from "fast-check";
import { expect, it } from "vitest";

const partitionKey = fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => `k${text}`);
/** Long enough not to be taken for an array index. */
const explicitHashKey = fc.bigInt(10n ** 10n, 2n ** 128n - 1n).map(String);
const data = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

const withoutHashKeys = fc.record({ partitionKey, data });
const withHashKeys = fc.record({ partitionKey, explicitHashKey, data });
const records = fc.oneof(
  fc.array<InputRecord>(withoutHashKeys, { minLength: 1, maxLength: 40 }),
  fc.array<InputRecord>(withHashKeys, { minLength: 1, maxLength: 40 }),
);

interface InputRecord {
  readonly partitionKey: string;
  readonly explicitHashKey?: string;
  readonly data: Buffer;
}

function ours(all: readonly InputRecord[]): Uint8Array {
  const builder = new AggregateBuilder();
  for (const record of all) builder.add(record.partitionKey, record.explicitHashKey, record.data);
  return builder.encode();
}

function theirs(all: readonly InputRecord[]): Uint8Array {
  const aggregator = new RecordAggregator();
  for (const record of all) aggregator.addUserRecord(record);
  return new Uint8Array(aggregator.build()?.data ?? []);
}

function decodedByThem(aggregate: Uint8Array): UserRecord[] {
  let decoded: UserRecord[] | undefined;
  const record = { partitionKey: "a", sequenceNumber: "1", data: Buffer.from(aggregate) };
  deaggregateSync(record, true, (error, userRecords) => {
    expect(error).toBeUndefined();
    decoded = userRecords;
  });
  return decoded ?? [];
}

it("both encode the same records to the same bytes", () => {
  fc.assert(
    fc.property(records, (all) => {
      expect(ours(all)).toEqual(theirs(all));
    }),
  );
});

it("both decode the same records from the same bytes", () => {
  fc.assert(
    fc.property(records, (all) => {
      const aggregate = theirs(all);
      const decoded = decodedByThem(aggregate).map((record) => ({
        partitionKey: record.partitionKey,
        ...(record.explicitPartitionKey === undefined
          ? {}
          : { explicitHashKey: record.explicitPartitionKey }),
        data: new Uint8Array(Buffer.from(record.data, "base64")),
      }));
      expect(deaggregate(aggregate)).toEqual({ kind: "aggregate", records: decoded });
    }),
  );
});
