// The option `transform`, whose faults become errors as all others are.
import { KinesisError, type UserRecord } from "@shardline/core";

/** Makes of a record the one that is sent. */
export type Transform = (record: UserRecord) => UserRecord;

/**
 * Applies a transform.
 * @throws KinesisError TRANSFORM_FAILED with what it threw as the cause
 */
export function transformed(transform: Transform | undefined, record: UserRecord): UserRecord {
  if (transform === undefined) return record;
  try {
    return transform(record);
  } catch (cause) {
    throw transformFailed(record, cause);
  }
}

/** Whatever a record's way in threw, as an error of ours: a record may be made of getters. */
export function refusalOf(record: UserRecord, thrown: unknown): KinesisError {
  return KinesisError.is(thrown) ? thrown : transformFailed(record, thrown);
}

/** What was thrown may quote the record, so that it is not repeated here. */
function transformFailed(record: UserRecord, cause: unknown): KinesisError<"TRANSFORM_FAILED"> {
  const what = cause instanceof Error ? cause.name : typeof cause;
  return new KinesisError("TRANSFORM_FAILED", {
    message: `put rejected: the record could not be made ready, ${what} was thrown; look at the error's cause`,
    isRetryable: false,
    details: { record },
    cause,
  });
}
