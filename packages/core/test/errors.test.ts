import {
  apiCallFailed,
  apiFailureOf,
  type ApiFailureKind,
  invariant,
  KinesisError,
} from "@shardline/core";
import { expect, test } from "vitest";

const lost = new KinesisError("LEASE_LOST", {
  message: "lease of shard-1 lost",
  isRetryable: false,
  details: { shardId: "shard-1" },
});

test("an error has a code, details, a message, and a cause if there is one", () => {
  expect(lost).toBeInstanceOf(Error);
  expect(lost.name).toBe("KinesisError");
  expect(lost.code).toBe("LEASE_LOST");
  expect(lost.details.shardId).toBe("shard-1");
  expect("cause" in lost).toBe(false);
  const cause = new Error("below");
  const wrapped = new KinesisError("STREAM_NOT_FOUND", {
    message: "gone",
    isRetryable: false,
    details: { stream: "orders" },
    cause,
  });
  expect(wrapped.cause).toBe(cause);
});

test("is tells ours from others, and one code from another", () => {
  expect(KinesisError.is(lost)).toBe(true);
  expect(KinesisError.is(lost, "LEASE_LOST")).toBe(true);
  expect(KinesisError.is(lost, "STREAM_NOT_FOUND")).toBe(false);
  for (const other of [new Error("x"), undefined, null, "LEASE_LOST", { code: "LEASE_LOST" }]) {
    expect(KinesisError.is(other)).toBe(false);
  }
});

test("is knows an error of another installed copy", () => {
  const brand = Symbol.for("@shardline/KinesisError");
  expect(KinesisError.is({ code: "LEASE_LOST", [brand]: true }, "LEASE_LOST")).toBe(true);
});

test.each<[ApiFailureKind, boolean]>([
  ["throttled", true],
  ["transient", true],
  ["unreachable", true],
  ["credentials", true],
  ["busy", true],
  ["expired", true],
  ["denied", false],
  ["missing", false],
  ["rejected", false],
])("a call that is %s may succeed later: %s", (kind, isRetryable) => {
  const failure = { kind, awsName: "SomeException", reason: "because", isAmbiguous: false };
  const error = apiCallFailed("PutRecords", failure, "cause");
  expect(error.message).toBe("PutRecords failed: SomeException: because");
  expect(error.isRetryable).toBe(isRetryable);
  expect(error.cause).toBe("cause");
  expect(apiFailureOf(error)).toBe(failure);
});

test("the failure of anything else is none", () => {
  expect(apiFailureOf(lost)).toBeUndefined();
  expect(apiFailureOf(new Error("x"))).toBeUndefined();
  expect(apiFailureOf(undefined)).toBeUndefined();
});

test("a broken rule of ours asks to be reported", () => {
  invariant(true, "holds");
  expect(() => invariant(0, "two is three")).toThrow(
    "broken invariant: two is three; this is a bug of Shardline, please report it",
  );
});
