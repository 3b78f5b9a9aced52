// The user records that the KCL 2.x makes of Kinesis records (AggregatorUtil, measured by test/interop/kcl-decodes.test.ts):
// an aggregate with a record that does not belong to the shard is not the shard's, and is passed over whole.
import { deaggregate } from "@shardline/aggregation";
import {
  type HashKeyRange,
  hashKeyOf,
  type KinesisRecord,
  type Position,
  rangeContains,
} from "@shardline/core";

/** What the application is handed. */
export interface KclRecord {
  readonly data: Uint8Array;
  readonly partitionKey: string | undefined;
  readonly position: Position;
}

/** What becomes of a Kinesis record. */
export interface Decoded {
  readonly handedOut: readonly KclRecord[];
  readonly passedOver: readonly KclRecord[];
}

/** @throws Error for malformed aggregates, at which the KCL dies. */
export function decodeAsKcl(record: KinesisRecord, range: HashKeyRange | undefined): Decoded {
  const parts = userRecordsOf(record);
  const isOfShard = parts.every(({ hashKey }) => {
    return hashKey === undefined || range === undefined || rangeContains(range, hashKey);
  });
  return isOfShard ? { handedOut: parts, passedOver: [] } : { handedOut: [], passedOver: parts };
}

/** Only those of aggregates have to belong to the shard. */
interface Part extends KclRecord {
  readonly hashKey: bigint | undefined;
}

function userRecordsOf({ data, partitionKey, sequenceNumber }: KinesisRecord): readonly Part[] {
  const parts = deaggregate(data);
  if (parts.kind === "malformed") throw new Error(`the KCL dies of ${parts.reason}`);
  if (parts.kind === "plain") {
    const position = { sequenceNumber, subSequenceNumber: 0 };
    return [{ data, partitionKey, position, hashKey: undefined }];
  }
  return parts.records.map((record, subSequenceNumber) => ({
    data: record.data,
    partitionKey: record.partitionKey,
    position: { sequenceNumber, subSequenceNumber },
    hashKey:
      record.explicitHashKey === undefined
        ? hashKeyOf(record.partitionKey)
        : BigInt(record.explicitHashKey),
  }));
}
