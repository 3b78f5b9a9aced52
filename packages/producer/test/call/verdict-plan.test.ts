import type { ApiFailure, ApiFailureKind, PutRecordsOutcome } from "@shardline/core";
import { describe, expect, it } from "vitest";
import {
  type JudgedCarrier,
  judgeFailed,
  judgeStored,
  unknownLanding,
  type Verdict,
} from "../../src/call/verdict-plan.ts";
import { type Reaction, reactionTo } from "../../src/call/reaction-plan.ts";
import { failureOf } from "../support/failures.ts";
import { equalShards, mapOf, shardId } from "../support/shards.ts";

const MAP = mapOf(...equalShards(2));
const HALF = 2n ** 127n;
const PATIENCE: Parameters<typeof judgeFailed>[2] = {
  failOnThrottle: false,
  notFoundGraceMs: 5000,
  authGraceMs: 10_000,
};

function judged(more: Partial<JudgedCarrier> = {}): JudgedCarrier {
  const hashKeys = more.hashKeys ?? (() => [0n, 1n]);
  return {
    isAggregate: true,
    records: 2,
    predicted: { shardId: shardId(0), range: { start: 0n, end: HALF - 1n } },
    hashKey: () => hashKeys()[0] ?? 0n,
    isUniform: false,
    isSurelyByKey: true,
    hashKeys,
    ...more,
  };
}

function storedOn(index: number): PutRecordsOutcome & { kind: "stored" } {
  return { kind: "stored", shardId: shardId(index), sequenceNumber: "7" };
}

describe("an entry that was stored", () => {
  it("is delivered where it was predicted, and nobody asks for its hash keys", () => {
    const carrier = judged({
      hashKeys: () => {
        throw new Error("asked");
      },
    });
    expect(judgeStored(carrier, storedOn(0), MAP)).toEqual(storedOn(0));
    expect(judgeStored({ ...carrier, records: 1 }, storedOn(0), undefined)).toEqual(storedOn(0));
  });

  it("M-recreate: waits for a newer map if the one that predicted it was forgotten", () => {
    expect(judgeStored(judged(), storedOn(0), undefined)).toEqual({ kind: "hold" });
  });

  it("M-plain-misland: is delivered wherever it lands, if it is plain", () => {
    const plain = judged({ isAggregate: false, hashKeys: () => [0n] });
    expect(judgeStored(plain, storedOn(1), MAP)).toEqual(storedOn(1));
    expect(judgeStored(plain, storedOn(9), MAP)).toEqual(storedOn(9));
  });

  it("M-split-pure: is delivered on another shard that covers all of its records", () => {
    const carrier = judged({ hashKeys: () => [HALF, 2n * HALF - 1n] });
    expect(judgeStored(carrier, storedOn(1), MAP)).toEqual(storedOn(1));
  });

  it("M-auto-proof: waits for a fresh map where its own hash key does not belong, and is then proof", () => {
    const carrier = judged({ hashKeys: () => [0n, 1n] });
    expect(judgeStored(carrier, storedOn(1), MAP)).toEqual({ kind: "hold" });
    expect(judgeStored(carrier, storedOn(1), MAP, "newer")).toMatchObject({ kind: "astray" });
    expect(judgeStored(carrier, storedOn(1), MAP, "of another stream")).toMatchObject({
      kind: "resend",
    });
    expect(judgeStored(carrier, storedOn(0), MAP, "newer")).toEqual(storedOn(0));
  });

  it("of one hash key alone is delivered where it belongs, and where nobody knows better", () => {
    const carrier = judged({
      isUniform: true,
      predicted: { shardId: undefined, range: { start: 0n, end: 2n * HALF - 1n } },
      hashKeys: () => [HALF],
    });
    for (const [index, map] of [
      [1, MAP],
      [7, MAP],
      [0, undefined],
    ] as const) {
      expect(judgeStored(carrier, storedOn(index), map)).toEqual(storedOn(index));
    }
    expect(judgeStored(carrier, storedOn(0), MAP)).toEqual({ kind: "hold" });
    const doubtful = { ...carrier, isSurelyByKey: false };
    expect(judgeStored(doubtful, storedOn(7), MAP)).toEqual({ kind: "hold" });
    expect(judgeStored(doubtful, storedOn(0), undefined)).toEqual(storedOn(0));
  });

  it("M-split-mixed: is sent again from a shard that misses one of its records", () => {
    const carrier = judged({ hashKeys: () => [HALF, HALF - 1n] });
    expect(judgeStored(carrier, storedOn(1), MAP)).toEqual({
      kind: "resend",
      failure: {
        kind: "transient",
        awsName: "WrongShard",
        reason: `the aggregate was stored on ${shardId(1)}, which does not cover all of its records`,
        isAmbiguous: true,
      },
    });
  });

  it("waits for a newer map where no map knows the shard, or there is none", () => {
    expect(judgeStored(judged(), storedOn(9), MAP)).toEqual({ kind: "hold" });
    expect(judgeStored(judged(), storedOn(1), undefined)).toEqual({ kind: "hold" });
  });

  it("was sent for nothing if its shard never becomes known", () => {
    expect(unknownLanding("shardId-9")).toEqual({
      kind: "transient",
      awsName: "UnknownShard",
      reason: "the record was stored on shardId-9, which ListShards does not show",
      isAmbiguous: true,
    });
  });
});

describe("a carrier that was not stored", () => {
  const alone = { records: 1, wasAlone: true };
  const judge = (
    failure: ApiFailure,
    more: { forMs?: number; reaction?: Reaction; carrier?: typeof alone; patience?: object } = {},
  ): Verdict =>
    judgeFailed(
      more.carrier ?? alone,
      {
        failure,
        reaction: more.reaction ?? reactionTo(failure),
        failingForMs: more.forMs ?? 0,
      },
      { ...PATIENCE, ...more.patience },
    );

  it.each<[ApiFailureKind, number]>([
    ["throttled", 1e9],
    ["transient", 1e9],
    ["unreachable", 1e9],
    ["busy", 1e9],
    ["expired", 1e9],
    ["missing", 4999],
    ["credentials", 9999],
    ["denied", 9999],
  ])("as %s for %d ms is tried again", (kind, forMs) => {
    const failure = failureOf(kind);
    expect(judge(failure, { forMs })).toEqual({ kind: "retry", failure });
  });

  it.each<[ApiFailureKind, string, number, string]>([
    ["missing", "ResourceNotFoundException", 5000, "STREAM_NOT_FOUND"],
    ["credentials", "ExpiredTokenException", 10_000, "CREDENTIALS_REFUSED"],
    ["denied", "AccessDeniedException", 10_000, "ACCESS_DENIED"],
    ["denied", "KMSDisabledException", 10_000, "KMS_FAILED"],
    ["rejected", "ValidationException", 0, "RECORD_REJECTED"],
  ])("as %s (%s) for %d ms ends as %s", (kind, awsName, forMs, code) => {
    const failure = failureOf(kind, { awsName });
    expect(judge(failure, { forMs })).toEqual({ kind: "fail", code, failure });
  });

  it("R-fail-throttled: ends at once where throttles are to fail, whatever the service calls it", () => {
    const patience = { failOnThrottle: true };
    for (const kind of ["throttled", "transient"] as const) {
      const failure = failureOf(kind);
      const verdict = { kind: "fail", code: "RECORD_THROTTLED", failure };
      expect(judge(failure, { patience, reaction: "throttle" })).toEqual(verdict);
    }
  });

  it("ends at once if the caller says so", () => {
    const failure = failureOf("denied");
    const verdict = { kind: "fail", code: "ACCESS_DENIED", failure };
    expect(judge(failure, { reaction: "fail" })).toEqual(verdict);
  });

  it("R-poison: among others is under suspicion with them, if one of them was rejected", () => {
    const failure = failureOf("rejected");
    const carrier = { records: 2, wasAlone: false };
    expect(judge(failure, { carrier })).toEqual({ kind: "isolate", failure });
  });

  it("R-poison: alone and rejected is taken apart, if it holds several records", () => {
    const failure = failureOf("rejected");
    expect(judge(failure, { carrier: { records: 2, wasAlone: true } })).toEqual({
      kind: "split",
      failure,
    });
  });
});
