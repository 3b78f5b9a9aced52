// The one error class. The code is the contract; the message says what happened, to which thing, and what
// to do about it. AWS exceptions appear only as `cause`. Never record data, never secrets.
import type { ApiFailure } from "./api-failure.ts";
import type { Attempt } from "./attempt.ts";
import type { UserRecord } from "./record.ts";

/** Every code, with what its error carries in `details`. */
export interface KinesisErrorDetails {
  /** Options were refused; all problems are listed. */
  INVALID_OPTIONS: { readonly problems: readonly string[] };
  /** `put` was handed something that is not a record Kinesis could take. */
  INVALID_RECORD: { readonly field: keyof UserRecord } & Partial<RefusedDetails>;
  /** The option `transform`, or the record itself when it was read, threw: `cause`, which is never told in the message. */
  TRANSFORM_FAILED: { readonly record: UserRecord };
  /** Data and partition key together exceed what the stream takes. */
  RECORD_TOO_LARGE: { readonly bytes: number; readonly maxBytes: number } & RefusedDetails;
  /** The record's time to live passed before Kinesis confirmed it. */
  RECORD_EXPIRED: UndeliveredDetails;
  /** The service refused the record itself for good. */
  RECORD_REJECTED: UndeliveredDetails;
  /** A shard or the stream took no more just then, and the option `retry.failOnThrottle` is on. */
  RECORD_THROTTLED: UndeliveredDetails;
  /** As many tries as the option `retry.maxAttempts` allows have failed. */
  RETRIES_EXHAUSTED: UndeliveredDetails;
  /** IAM does not let the caller write to the stream. */
  ACCESS_DENIED: UndeliveredDetails;
  /** The key that the stream is encrypted with cannot be used. */
  KMS_FAILED: UndeliveredDetails;
  /** There are no credentials, or the service does not accept them. */
  CREDENTIALS_REFUSED: UndeliveredDetails;
  /** The signal given to `put` was aborted first; the error's `cause` is its reason. */
  RECORD_ABORTED: UndeliveredDetails;
  /** The buffer has no room, and `buffer.onFull` says not to wait for some. */
  BUFFER_FULL: {
    /** Held now. */
    readonly records: number;
    readonly bytes: number;
  } & RefusedDetails;
  /** The producer is closed, or was closed before the record was confirmed; with its details, if a record is at stake. */
  PRODUCER_CLOSED: Partial<UndeliveredDetails>;
  /** A call to AWS failed. */
  API_CALL_FAILED: {
    readonly operation: string;
    readonly failure: ApiFailure;
    /** What to grant, where the lease table denied the call, such as `dynamodb:Scan`. */
    readonly permission?: string;
  };
  /** The named stream does not exist; with the details of the record, if it comes from a `put`. */
  STREAM_NOT_FOUND: { readonly stream: string } & Partial<UndeliveredDetails>;
  /** The stream was deleted and created again under its name since the application's leases were made. */
  STREAM_RECREATED: { readonly stream: string };
  /** Another worker has the lease now, or it could not be renewed in time. */
  LEASE_LOST: { readonly shardId: string };
  /**
   * The lease table is missing and `leases.table.create` is false, did not become active in time, has another key than a
   * lease table, or holds the leases of many streams where one is read, or of one where many are.
   */
  LEASE_TABLE_UNUSABLE: {
    readonly table: string;
    readonly problem: "missing" | "not-active" | "no-lease-table" | "other-scope";
  };
  /** A handler of records took longer than the option `onFailure.timeoutMs` allows. */
  HANDLER_TIMED_OUT: { readonly shardId: string; readonly timeoutMs: number };
  /** A handler of records returned a `failedAt` that is none of the records of its batch. */
  INVALID_OUTCOME: { readonly shardId: string };
  /** A record is older than the option `onFailure.maxRecordAgeMs` allows. */
  RECORD_TOO_OLD: {
    readonly shardId: string;
    readonly ageMs: number;
    readonly maxRecordAgeMs: number;
  };
  /** A record is an aggregate that points outside its own tables, so what is in it cannot be told. */
  AGGREGATE_MALFORMED: { readonly shardId: string; readonly sequenceNumber: string };
  /** A checkpoint was asked for at a place that is no position, is behind the last one, or was not handed out yet. */
  INVALID_CHECKPOINT: {
    readonly shardId: string;
    readonly sequenceNumber: string;
    readonly subSequenceNumber: number;
  };
  /** With manual checkpoints: the shard is read to its end, and the application has not checkpointed that. */
  SHARD_END_NOT_CHECKPOINTED: { readonly shardId: string };
  /**
   * The lease table belongs to a fleet of KCL 3.x workers that is alive, in which a worker must not take leases by
   * itself; with what was seen of it.
   */
  FLEET_PROTOCOL: { readonly movement: string };
  /** Another process uses this worker's id in the same lease table. */
  WORKER_ID_IN_USE: { readonly workerId: string };
  /** What a Lambda function was invoked with is no event of a Kinesis stream. */
  INVALID_EVENT: { readonly problem: string };
  /** An invocation of a Lambda function has no more time for its records, or is answered already. */
  INVOCATION_OVER: Record<never, never>;
  /** Records of a Lambda invocation are not done, from these on, and the invocation fails so that they come again. */
  RECORDS_NOT_DONE: {
    readonly from: readonly { readonly shardId: string; readonly sequenceNumber: string }[];
  };
  /** What an emulator keeps in a folder, or a snapshot of one, cannot be read or written; where, in bytes from the start. */
  PERSISTENCE_FAILED: { readonly file: string; readonly offset?: number };
  /** A consumer runs once; create another one. */
  CONSUMER_ALREADY_RUN: Record<never, never>;
  /** Shardline broke a rule of its own; please report it. */
  INVARIANT_BROKEN: Record<never, never>;
}

/** What is known about a record that was refused before it was buffered; left out where no record is at fault. */
export interface RefusedDetails {
  /** The stream that it was for. */
  readonly stream: string;
  /** What was put, and no copy of it; after `transform`. */
  readonly record: UserRecord;
}

/** What is known about a record that was not delivered. */
export interface UndeliveredDetails {
  /** A copy of what was put, with the caller's `context`. */
  readonly record: UserRecord;
  /** Every try; of more than 32, the first 8 and the last 24. */
  readonly attempts: readonly Attempt[];
  /** How many tries there were. */
  readonly attemptCount: number;
  /** The last thing the service or the network said about it. */
  readonly lastFailure?: ApiFailure;
  /** True when any attempt's outcome is unknown, listed or not: the record may be in the stream all the same. */
  readonly mayHaveBeenWritten: boolean;
}

export type KinesisErrorCode = keyof KinesisErrorDetails;

/** The codes with which records end that were accepted and not delivered. */
export type UndeliveredCode = Extract<
  KinesisErrorCode,
  | "RECORD_EXPIRED"
  | "RECORD_REJECTED"
  | "RECORD_THROTTLED"
  | "RETRIES_EXHAUSTED"
  | "RECORD_ABORTED"
  | "ACCESS_DENIED"
  | "KMS_FAILED"
  | "CREDENTIALS_REFUSED"
  | "STREAM_NOT_FOUND"
  | "PRODUCER_CLOSED"
>;

interface KinesisErrorParts<Code extends KinesisErrorCode> {
  readonly message: string;
  readonly isRetryable: boolean;
  readonly details: KinesisErrorDetails[Code];
  readonly cause?: unknown;
}

/** Survives two installed copies of this package, where `instanceof` does not. */
const BRAND = Symbol.for("@shardline/KinesisError");

/** Every error that Shardline rejects with. */
export class KinesisError<Code extends KinesisErrorCode = KinesisErrorCode> extends Error {
  override readonly name = "KinesisError";
  readonly code: Code;
  /** Whether the same call could succeed later without anybody changing anything. */
  readonly isRetryable: boolean;
  readonly details: KinesisErrorDetails[Code];

  constructor(code: Code, parts: KinesisErrorParts<Code>) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = code;
    this.isRetryable = parts.isRetryable;
    this.details = parts.details;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Whether a value is a KinesisError, of a certain code if one is given. */
  static is<Code extends KinesisErrorCode = KinesisErrorCode>(
    value: unknown,
    code?: Code,
  ): value is KinesisError<Code> {
    if (typeof value !== "object" || value === null || !(BRAND in value)) return false;
    return code === undefined || (value as { code?: unknown }).code === code;
  }
}
