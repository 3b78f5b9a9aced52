import type { ApiFailureKind } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { undelivered, userRecordOf } from "../../src/settle/undelivered.ts";
import { failureOf } from "../support/failures.ts";
import { attempt, looseRecord } from "../support/records.ts";

const throttled = failureOf("throttled", { reason: "Rate exceeded" });

describe("A-error-message: the message", () => {
  it("says what happened, to which stream, after how many attempts and how long, and the last word on it", () => {
    const earlierAttempts = [
      attempt({ failure: failureOf("transient") }),
      attempt({ failure: throttled }),
    ];
    const record = looseRecord("k", "secret", { earlierAttempts });
    expect(undelivered("RECORD_EXPIRED", record, "orders", 30_000.4).message).toBe(
      "put rejected: the record's time to live passed (stream orders, 2 attempts in 30000 ms; last: " +
        "ProvisionedThroughputExceededException: Rate exceeded); add shards or spread the partition keys",
    );
  });

  it("does without what is not known", () => {
    const error = undelivered("PRODUCER_CLOSED", looseRecord("k"), "orders", 1);
    expect(error.message).toBe(
      "put rejected: the producer was closed before the record was stored (stream orders, 0 attempts in 1 ms)",
    );
  });

  it.each<[ApiFailureKind, string]>([
    ["unreachable", "check the endpoint and the network"],
    ["credentials", "check the credentials"],
    ["denied", "grant the permission"],
    ["missing", "create the stream, or check its name and region"],
  ])("says what to do about a failure that is %s", (kind, advice) => {
    const record = looseRecord("k", "", {
      earlierAttempts: [attempt({ failure: failureOf(kind) })],
    });
    const { message } = undelivered("RECORD_REJECTED", record, "orders", 1);
    expect(message).toContain("the record was refused (stream orders, 1 attempt in 1 ms; last: ");
    expect(message.endsWith(`; ${advice}`)).toBe(true);
  });
});

describe("the details", () => {
  it("hold the record as it is sent with the caller's context, and every attempt", () => {
    const context = { line: 7 };
    const attempts = [attempt({ failure: throttled, delayMs: 3 })];
    const record = looseRecord("k", "v", {
      context,
      earlierAttempts: attempts,
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
      lastFailure: throttled,
      mayHaveBeenWritten: false,
    });
  });

  it("say that it may have been written as soon as one attempt was ambiguous, not only the last", () => {
    const ambiguous = attempt({ failure: failureOf("transient", { isAmbiguous: true }) });
    const earlierAttempts = [ambiguous, attempt({ failure: throttled })];
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
      mayHaveBeenWritten: false,
    });
  });
});

it.each([
  ["RECORD_EXPIRED", true],
  ["RECORD_REJECTED", false],
  ["PRODUCER_CLOSED", false],
] as const)("%s can be tried again: %s", (code, isRetryable) => {
  const error = undelivered(code, looseRecord("k"), "orders", 1);
  expect({ code: error.code, isRetryable: error.isRetryable }).toEqual({ code, isRetryable });
});

it("a record without context has none when it is handed back", () => {
  expect(userRecordOf(looseRecord("k"))).not.toHaveProperty("context");
});
