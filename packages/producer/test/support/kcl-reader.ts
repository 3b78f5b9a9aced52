// Reads what is stored as a worker of the KCL does: shard by shard, aggregates taken apart, and a whole aggregate
// dropped if one of its records does not belong to the shard (AggregatorUtil of the KCL 2.7).
import { deaggregate } from "@shardline/aggregation";
import { type HashKeyRange, hashKeyOf, MAX_HASH_KEY, rangeContains } from "@shardline/core";
import type { InspectedStream } from "@shardline/emulator";

/** A user record, and where it was found. */
export interface ReadUserRecord {
  readonly partitionKey: string;
  readonly text: string;
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
}

const EVERYTHING: HashKeyRange = { start: 0n, end: MAX_HASH_KEY };

/** Every user record that a worker would hand out, in the order of each shard. */
export function readAll(stream: InspectedStream | undefined): ReadUserRecord[] {
  return (stream?.shards ?? []).flatMap(({ hashKeyRange, records, shardId }) => {
    return records.flatMap(({ data, partitionKey = "", sequenceNumber }) => {
      const unit = deaggregate(data);
      const place = { shardId, sequenceNumber };
      if (unit.kind !== "aggregate") {
        const text = Buffer.from(data).toString();
        return [{ ...place, partitionKey, text, subSequenceNumber: 0 }];
      }
      const isWhole = unit.records.every((record) => {
        const own = record.explicitHashKey;
        const hashKey = own === undefined ? hashKeyOf(record.partitionKey) : BigInt(own);
        return rangeContains(hashKeyRange ?? EVERYTHING, hashKey);
      });
      if (!isWhole) return [];
      return unit.records.map((record, subSequenceNumber) => ({
        ...place,
        partitionKey: record.partitionKey,
        text: Buffer.from(record.data).toString(),
        subSequenceNumber,
      }));
    });
  });
}
