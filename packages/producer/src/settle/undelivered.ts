// The errors of records that were not delivered: what happened, to which stream, and what to do about it.
import {
  type ApiFailure,
  type ApiFailureKind,
  apiCallFailed,
  KinesisError,
  type UndeliveredCode,
  type UndeliveredDetails,
  type UserRecord,
} from "@shardline/core";
import type { LooseRecord } from "../record/pending-record.ts";
import { userRecordOf } from "../record/user-record.ts";

const WHAT: Readonly<Record<UndeliveredCode, string>> = {
  RECORD_EXPIRED: "the record's time to live passed",
  RECORD_REJECTED: "the record was refused",
  RECORD_THROTTLED: "the record came too fast for the stream",
  RETRIES_EXHAUSTED: "the record was tried as often as allowed",
  RECORD_ABORTED: "its signal was aborted before the record was stored",
  ACCESS_DENIED: "writing to the stream is not allowed",
  KMS_FAILED: "the stream's encryption key cannot be used",
  CREDENTIALS_REFUSED: "there are no credentials that the service accepts",
  STREAM_NOT_FOUND: "there is no such stream",
  PRODUCER_CLOSED: "the producer was closed before the record was stored",
};

/** What to do about a code, whatever the service said last. */
const ADVICE_ON_CODE: Readonly<Partial<Record<UndeliveredCode, string>>> = {
  RECORD_REJECTED: "correct the record; sending it again is pointless",
  RECORD_ABORTED: "put it again if it is still wanted",
  ACCESS_DENIED: "grant kinesis:PutRecords on the stream",
  PRODUCER_CLOSED: "close answers with it, as abandoned; put it into another producer",
  KMS_FAILED: "check the key's state and the grant of kms:GenerateDataKey",
};

const ADVICE_ON_FAILURE: Readonly<Partial<Record<ApiFailureKind, string>>> = {
  throttled: "add shards or spread the partition keys",
  transient: "put it again; if it persists, look at the AWS Health Dashboard",
  unreachable: "check the endpoint and the network",
  credentials: "check the credentials",
  denied: "grant the permission",
  missing: "create the stream, or check its name and region",
  busy: "wait until the stream is active",
};

/** Could the same `put` succeed later, without anybody changing anything? */
const PASSING: ReadonlySet<UndeliveredCode> = new Set([
  "RECORD_EXPIRED",
  "RECORD_THROTTLED",
  "RETRIES_EXHAUSTED",
]);

/** One error for each failure, however many records it hit: the stack is captured once. */
const CAUSES = new WeakMap<ApiFailure, KinesisError>();

/** The error with which a record's `put` rejects; `calledBy` is what the record itself calls the stream. */
export function undelivered(
  code: UndeliveredCode,
  record: LooseRecord,
  stream: string,
  elapsedMs: number,
  calledBy?: string,
): KinesisError {
  const details = detailsOf(record, calledBy);
  const { attemptCount, lastFailure } = details;
  const tries = `${attemptCount} ${attemptCount === 1 ? "attempt" : "attempts"}`;
  const last =
    lastFailure === undefined ? "" : `; last: ${lastFailure.awsName}: ${lastFailure.reason}`;
  const advice =
    ADVICE_ON_CODE[code] ?? (lastFailure && ADVICE_ON_FAILURE[lastFailure.kind]) ?? undefined;
  return new KinesisError(code, {
    message:
      `put rejected: ${WHAT[code]} (stream ${stream}, ${tries} in ${Math.round(elapsedMs)} ms${last})` +
      (advice === undefined ? "" : `; ${advice}`),
    isRetryable: PASSING.has(code),
    details: code === "STREAM_NOT_FOUND" ? { ...details, stream } : details,
    ...(lastFailure === undefined ? {} : { cause: causeOf(lastFailure) }),
  });
}

function causeOf(failure: ApiFailure): KinesisError {
  const known = CAUSES.get(failure);
  if (known !== undefined) return known;
  const cause = apiCallFailed("PutRecords", failure);
  CAUSES.set(failure, cause);
  return cause;
}

function detailsOf(record: LooseRecord, calledBy: string | undefined): UndeliveredDetails {
  const { count, isAmbiguous, lastFailure, list } = record.pending.earlierAttempts;
  return {
    record: userRecordOf(record, calledBy),
    attempts: list,
    attemptCount: count,
    ...(lastFailure === undefined ? {} : { lastFailure }),
    mayHaveBeenWritten: isAmbiguous,
  };
}

const NEVER_TRIED = { attempts: [], attemptCount: 0, mayHaveBeenWritten: false } as const;

/** The error with which a closed producer refuses a record, or to wait for room. */
export function producerClosed(record?: UserRecord): KinesisError<"PRODUCER_CLOSED"> {
  return new KinesisError("PRODUCER_CLOSED", {
    message: "put rejected: the producer is closed; create another one",
    isRetryable: false,
    details: record === undefined ? {} : { record, ...NEVER_TRIED },
  });
}
