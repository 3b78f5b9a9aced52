// What is wrong with records that no handler is given.
import { KinesisError } from "@shardline/core";
import type { ConsumedRecord } from "../batch/handler.ts";

/** How old a record may be. */
export interface RecordAge {
  readonly wallTimeMs: number;
  readonly maxRecordAgeMs: number;
}

/** How many records, from the first on, are older than they may be. */
export function countTooOld(
  records: readonly ConsumedRecord[],
  { maxRecordAgeMs, wallTimeMs }: RecordAge,
): number {
  const young = records.findIndex(({ arrivedAtMs }) => wallTimeMs - arrivedAtMs <= maxRecordAgeMs);
  return young < 0 ? records.length : young;
}

/** `cause`: what the last try of it threw, if there was one. */
export function recordTooOld(
  shardId: string,
  { arrivedAtMs }: ConsumedRecord,
  { maxRecordAgeMs, wallTimeMs }: RecordAge,
  cause: unknown,
): KinesisError {
  const ageMs = wallTimeMs - arrivedAtMs;
  return new KinesisError("RECORD_TOO_OLD", {
    message: `a record of ${shardId} is ${ageMs} ms old, which is more than the ${maxRecordAgeMs} ms of onFailure.maxRecordAgeMs`,
    isRetryable: false,
    details: { shardId, ageMs, maxRecordAgeMs },
    ...(cause === undefined ? {} : { cause }),
  });
}

export function aggregateMalformed(
  shardId: string,
  { sequenceNumber }: ConsumedRecord,
): KinesisError {
  return new KinesisError("AGGREGATE_MALFORMED", {
    message: `record ${sequenceNumber} of ${shardId} is an aggregate that points outside its own tables, so nothing in it can be told; find out who puts it`,
    isRetryable: false,
    details: { shardId, sequenceNumber },
  });
}
