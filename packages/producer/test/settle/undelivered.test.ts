import { type ApiFailureKind, KinesisError, type UndeliveredCode } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { userRecordOf } from "../../src/record/user-record.ts";
import { undelivered } from "../../src/settle/undelivered.ts";
import { failureOf } from "../support/failures.ts";
import { attempt, attemptLog, looseRecord } from "../support/records.ts";

const throttled = failureOf("throttled", { reason: "Rate exceeded" });

describe("A-error-message: the message", () => {
  it("says what happened, to which stream, after how many attempts and how long, and the last word on it", () => {
    const earlierAttempts = attemptLog(
      attempt({ failure: failureOf("transient") }),
      attempt({ failure: throttled }),
    );
    const record = looseRecord("k", "secret", { earlierAttempts });
    expect(undelivered("RECORD_EXPIRED", record, "orders", 30_000.4).message).toBe(
      "put rejected: the record's time to live passed (stream orders, 2 attempts in 30000 ms; last: " +
        "ProvisionedThroughputExceededException: Rate exceeded); add shards or spread the partition keys",
    );
  });

  it("does without what is not known", () => {
    const error = undelivered("PRODUCER_CLOSED", looseRecord("k"), "orders", 1);
    expect(error.message).toBe(
      "put rejected: the producer was closed before the record was stored (stream orders, 0 attempts in 1 ms); " +
        "close answers with it, as abandoned; put it into another producer",
    );
  });

  it.each<[UndeliveredCode, ApiFailureKind, string, string]>([
    [
      "RECORD_EXPIRED",
      "unreachable",
      "the record's time to live passed",
      "check the endpoint and the network",
    ],
    [
      "RECORD_REJECTED",
      "rejected",
      "the record was refused",
      "correct the record; sending it again is pointless",
    ],
    [
      "RECORD_THROTTLED",
      "throttled",
      "the record came too fast for the stream",
      "add shards or spread the partition keys",
    ],
    [
      "RETRIES_EXHAUSTED",
      "transient",
      "the record was tried as often as allowed",
      "put it again; if it persists, look at the AWS Health Dashboard",
    ],
    [
      "ACCESS_DENIED",
      "denied",
      "writing to the stream is not allowed",
      "grant kinesis:PutRecords on the stream",
    ],
    [
      "KMS_FAILED",
      "denied",
      "the stream's encryption key cannot be used",
      "check the key's state and the grant of kms:GenerateDataKey",
    ],
    [
      "CREDENTIALS_REFUSED",
      "credentials",
      "there are no credentials that the service accepts",
      "check the credentials",
    ],
    [
      "STREAM_NOT_FOUND",
      "missing",
      "there is no such stream",
      "create the stream, or check its name and region",
    ],
  ])(
    "of %s after a failure that is %s says what happened and what to do",
    (code, kind, what, advice) => {
      const record = looseRecord("k", "", {
        earlierAttempts: attemptLog(attempt({ failure: failureOf(kind) })),
      });
      const { message } = undelivered(code, record, "orders", 1);
      expect(message).toContain(`put rejected: ${what} (stream orders, 1 attempt in 1 ms; last: `);
      expect(message.endsWith(`; ${advice}`)).toBe(true);
    },
  );
});

describe("the cause", () => {
  it("is one object for all the records that one failure hit, and tells that failure", () => {
    const failure = failureOf("throttled");
    const errorOf = (key: string): KinesisError =>
      undelivered(
        "RECORD_EXPIRED",
        looseRecord(key, "", { earlierAttempts: attemptLog(attempt({ failure })) }),
        "orders",
        1,
      );
    const [one, two] = [errorOf("a"), errorOf("b")];
    expect(one.cause).toBe(two.cause);
    expect(KinesisError.is(one.cause, "API_CALL_FAILED") && one.cause.details.failure).toBe(
      failure,
    );
  });

  it("is none where nothing failed", () => {
    expect("cause" in undelivered("PRODUCER_CLOSED", looseRecord("k"), "orders", 1)).toBe(false);
  });
});

describe("the details", () => {
  it("hold the record as it is sent with the caller's context, and every attempt", () => {
    const context = { line: 7 };
    const attempts = [attempt({ failure: throttled, delayMs: 3 })];
    const record = looseRecord("k", "v", {
      context,
      earlierAttempts: attemptLog(...attempts),
      explicitHashKey: "5",
    });
    expect(undelivered("RECORD_EXPIRED", record, "orders", 1).details).toEqual({
      record: {
        partitionKey: "k",
        explicitHashKey: "5",
        data: new Uint8Array(Buffer.from("v")),
        context,
      },
      attempts,
      attemptCount: 1,
      lastFailure: throttled,
      mayHaveBeenWritten: false,
    });
  });

  it("say that it may have been written as soon as one attempt was ambiguous, not only the last", () => {
    const ambiguous = attempt({ failure: failureOf("transient", { isAmbiguous: true }) });
    const earlierAttempts = attemptLog(ambiguous, attempt({ failure: throttled }));
    const record = looseRecord("k", "", { earlierAttempts });
    expect(undelivered("RECORD_EXPIRED", record, "orders", 1).details).toMatchObject({
      lastFailure: throttled,
      mayHaveBeenWritten: true,
    });
  });

  it("leave out a last failure where there was none", () => {
    expect(undelivered("PRODUCER_CLOSED", looseRecord("k"), "orders", 1).details).toEqual({
      record: { partitionKey: "k", data: new Uint8Array() },
      attempts: [],
      attemptCount: 0,
      mayHaveBeenWritten: false,
    });
  });
});

it.each([
  ["RECORD_EXPIRED", true],
  ["RECORD_THROTTLED", true],
  ["RETRIES_EXHAUSTED", true],
  ["RECORD_ABORTED", false],
  ["RECORD_REJECTED", false],
  ["ACCESS_DENIED", false],
  ["KMS_FAILED", false],
  ["CREDENTIALS_REFUSED", false],
  ["STREAM_NOT_FOUND", false],
  ["PRODUCER_CLOSED", false],
] as const)("%s can be tried again: %s", (code, isRetryable) => {
  const error = undelivered(code, looseRecord("k"), "orders", 1);
  expect({ code: error.code, isRetryable: error.isRetryable }).toEqual({ code, isRetryable });
});

it("STREAM_NOT_FOUND names the stream beside what is known of the record", () => {
  expect(undelivered("STREAM_NOT_FOUND", looseRecord("k"), "orders", 1).details).toEqual({
    stream: "orders",
    record: { partitionKey: "k", data: new Uint8Array() },
    attempts: [],
    attemptCount: 0,
    mayHaveBeenWritten: false,
  });
});

it("a record without context has none when it is handed back", () => {
  expect(userRecordOf(looseRecord("k"), undefined)).not.toHaveProperty("context");
});
