import type { ApiFailureKind, PutRecordsOutcome } from "@shardline/core";
import { describe, expect, it } from "vitest";
import {
  type JudgedCarrier,
  judgeCall,
  judgeEntry,
  unknownLanding,
} from "../../src/call/verdict-plan.ts";
import { failedEntry, failureOf } from "../support/failures.ts";
import { equalShards, mapOf, shardId } from "../support/shards.ts";

const MAP = mapOf(...equalShards(2));
const HALF = 2n ** 127n;
const GRACE = { authMs: 10_000, missingMs: 5000 };

function judged(more: Partial<JudgedCarrier> = {}): JudgedCarrier {
  return {
    isAggregate: true,
    records: 2,
    wasAlone: false,
    predictedShardId: shardId(0),
    hashKeys: () => [0n, 1n],
    ...more,
  };
}

function storedOn(index: number): PutRecordsOutcome {
  return { kind: "stored", shardId: shardId(index), sequenceNumber: "7" };
}

describe("an entry that was stored", () => {
  it("is delivered where it was predicted, and nobody asks for its hash keys", () => {
    const carrier = judged({
      hashKeys: () => {
        throw new Error("asked");
      },
    });
    expect(judgeEntry(carrier, storedOn(0), MAP)).toEqual(storedOn(0));
    expect(judgeEntry({ ...carrier, records: 1 }, storedOn(0), undefined)).toEqual(storedOn(0));
  });

  it("M-recreate: waits for a newer map if the one that predicted it was forgotten", () => {
    expect(judgeEntry(judged(), storedOn(0), undefined)).toEqual({ kind: "hold" });
  });

  it("M-plain-misland: is delivered wherever it lands, if it is plain", () => {
    const plain = judged({ isAggregate: false, hashKeys: () => [0n] });
    expect(judgeEntry(plain, storedOn(1), MAP)).toEqual(storedOn(1));
    expect(judgeEntry(plain, storedOn(9), MAP)).toEqual(storedOn(9));
  });

  it("M-split-pure: is delivered on another shard that covers all of its records", () => {
    const carrier = judged({ hashKeys: () => [HALF, 2n * HALF - 1n] });
    expect(judgeEntry(carrier, storedOn(1), MAP)).toEqual(storedOn(1));
  });

  it("M-split-mixed: is sent again from a shard that misses one of its records", () => {
    const carrier = judged({ hashKeys: () => [HALF, HALF - 1n] });
    expect(judgeEntry(carrier, storedOn(1), MAP)).toEqual({
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
    expect(judgeEntry(judged(), storedOn(9), MAP)).toEqual({ kind: "hold" });
    expect(judgeEntry(judged(), storedOn(1), undefined)).toEqual({ kind: "hold" });
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

describe("an entry that was refused", () => {
  it.each([
    ["throttled", "retry"],
    ["transient", "retry"],
    ["denied", "retry"],
    ["rejected", "fail"],
  ] as const)("as %s leads to %s", (kind, verdict) => {
    const expected = { kind: verdict, failure: failureOf(kind) };
    expect(judgeEntry(judged(), failedEntry(kind), MAP)).toEqual(expected);
  });
});

describe("a call that failed as a whole", () => {
  it.each<[ApiFailureKind, number, "retry" | "fail"]>([
    ["throttled", 1e9, "retry"],
    ["transient", 1e9, "retry"],
    ["unreachable", 1e9, "retry"],
    ["busy", 1e9, "retry"],
    ["expired", 1e9, "retry"],
    ["missing", 4999, "retry"],
    ["missing", 5000, "fail"],
    ["credentials", 9999, "retry"],
    ["credentials", 10_000, "fail"],
    ["denied", 9999, "retry"],
    ["denied", 10_000, "fail"],
  ])("as %s for %d ms leads to %s", (kind, troubledForMs, verdict) => {
    const failure = failureOf(kind);
    expect(judgeCall(judged(), failure, troubledForMs, GRACE)).toEqual({ kind: verdict, failure });
  });

  it("R-poison: as rejected tells nothing of a carrier among others, which is sent by itself", () => {
    const failure = failureOf("rejected");
    expect(judgeCall(judged(), failure, 0, GRACE)).toEqual({ kind: "isolate", failure });
  });

  it("R-poison: as rejected tells of an aggregate alone that one of its records is at fault", () => {
    const failure = failureOf("rejected");
    const carrier = judged({ wasAlone: true });
    expect(judgeCall(carrier, failure, 0, GRACE)).toEqual({ kind: "split", failure });
  });

  it.each([
    ["a plain record", false],
    ["an aggregate of one record", true],
  ])("R-poison: as rejected is the end of %s alone", (_, isAggregate) => {
    const failure = failureOf("rejected");
    const carrier = judged({ wasAlone: true, isAggregate, records: 1 });
    expect(judgeCall(carrier, failure, 0, GRACE)).toEqual({ kind: "fail", failure });
  });
});
