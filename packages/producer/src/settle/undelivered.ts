// The errors of records that were not delivered: what happened, to which stream, and what to do about it.
import {
  type ApiFailure,
  type ApiFailureKind,
  type Attempt,
  KinesisError,
  type UndeliveredDetails,
  type UserRecord,
} from "@shardline/core";
import type { LooseRecord } from "../record/pending-record.ts";

type UndeliveredCode = "RECORD_EXPIRED" | "RECORD_REJECTED" | "RECORD_ABORTED" | "PRODUCER_CLOSED";

const ADVICE: Readonly<Partial<Record<ApiFailureKind, string>>> = {
  throttled: "add shards or spread the partition keys",
  unreachable: "check the endpoint and the network",
  credentials: "check the credentials",
  denied: "grant the permission",
  missing: "create the stream, or check its name and region",
};

const WHAT: Readonly<Record<UndeliveredCode, string>> = {
  RECORD_EXPIRED: "the record's time to live passed",
  RECORD_REJECTED: "the record was refused",
  RECORD_ABORTED: "its signal was aborted before the record was stored",
  PRODUCER_CLOSED: "the producer was closed before the record was stored",
};

/** The error with which a record's `put` rejects. */
export function undelivered(
  code: UndeliveredCode,
  record: LooseRecord,
  stream: string,
  elapsedMs: number,
): KinesisError {
  const details = detailsOf(record);
  const { attempts, lastFailure } = details;
  const tries = `${attempts.length} ${attempts.length === 1 ? "attempt" : "attempts"}`;
  const last =
    lastFailure === undefined ? "" : `; last: ${lastFailure.awsName}: ${lastFailure.reason}`;
  const advice = lastFailure === undefined ? undefined : ADVICE[lastFailure.kind];
  return new KinesisError(code, {
    message:
      `put rejected: ${WHAT[code]} (stream ${stream}, ${tries} in ${Math.round(elapsedMs)} ms${last})` +
      (advice === undefined ? "" : `; ${advice}`),
    isRetryable: code === "RECORD_EXPIRED",
    details,
  });
}

/** What the caller put, as far as it is sent, with the caller's context. */
export function userRecordOf({ content, pending }: LooseRecord): UserRecord {
  return { ...content, ...(pending.context === undefined ? {} : { context: pending.context }) };
}

function detailsOf(record: LooseRecord): UndeliveredDetails {
  const attempts = record.pending.earlierAttempts;
  const lastFailure = attempts.findLast(hasFailure)?.failure;
  return {
    record: userRecordOf(record),
    attempts,
    ...(lastFailure === undefined ? {} : { lastFailure }),
    mayHaveBeenWritten: attempts.some(({ failure }) => failure?.isAmbiguous === true),
  };
}

function hasFailure(attempt: Attempt): attempt is Attempt & { failure: ApiFailure } {
  return attempt.failure !== undefined;
}

/** The error with which a closed producer refuses a record. */
export function producerClosed(): KinesisError<"PRODUCER_CLOSED"> {
  return new KinesisError("PRODUCER_CLOSED", {
    message: "put rejected: the producer is closed",
    isRetryable: false,
    details: {},
  });
}
