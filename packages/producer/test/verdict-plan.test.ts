import type { ApiFailureKind, PutRecordsOutcome, Shard } from "@shardline/core";
import { expect, test } from "vitest";
import { ShardMap } from "../src/shard-map.ts";
import { type JudgedCarrier, judgeCall, judgeEntry } from "../src/verdict-plan.ts";
import { failure } from "./support/faults.ts";

const GRACE = { authMs: 10_000, missingMs: 5000 };
const HALF = 1n << 127n;
const END = (1n << 128n) - 1n;
const FROM = { startingSequenceNumber: "1" };

const SHARDS: readonly Shard[] = [
  { shardId: "low", hashKeyRange: { start: 0n, end: HALF - 1n }, ...FROM },
  { shardId: "high", hashKeyRange: { start: HALF, end: END }, ...FROM },
];
const MAP = ShardMap.of(SHARDS);

function carrier(change: Partial<JudgedCarrier> = {}): JudgedCarrier {
  return {
    isAggregate: true,
    wasAlone: false,
    predictedShardId: "low",
    hashKeys: () => [5n, 6n],
    ...change,
  };
}

function landed(shardId: string): PutRecordsOutcome {
  return { kind: "stored", shardId, sequenceNumber: "7" };
}

test("where it was meant to go, it is stored, and its keys are not looked at", () => {
  const hashKeys = (): never => {
    throw new Error("the hot path");
  };
  expect(judgeEntry(carrier({ hashKeys }), landed("low"), MAP).kind).toBe("stored");
});

test("elsewhere, an aggregate is stored if all of it belongs there", () => {
  const strayed = carrier({ predictedShardId: "parent" });
  expect(judgeEntry(strayed, landed("low"), MAP)).toEqual({
    kind: "stored",
    shardId: "low",
    sequenceNumber: "7",
  });
});

test.each([
  ["below the range", "high", [HALF, HALF - 1n]],
  ["above the range", "low", [0n, HALF]],
  ["nowhere near", "low", [END]],
])("elsewhere, with a record %s, it goes again", (_what, shardId, keys) => {
  const strayed = carrier({ predictedShardId: "parent", hashKeys: () => keys });
  expect(judgeEntry(strayed, landed(shardId), MAP)).toMatchObject({
    kind: "resend",
    failure: { awsName: "WrongShard", isAmbiguous: true },
  });
});

test("on a shard of unknown range it waits for a newer map", () => {
  expect(judgeEntry(carrier(), landed("new"), MAP)).toEqual({ kind: "hold" });
  expect(judgeEntry(carrier(), landed("low"), undefined).kind).toBe("stored");
  expect(judgeEntry(carrier(), landed("high"), undefined)).toEqual({ kind: "hold" });
});

test("a plain record is stored wherever it lands", () => {
  const plain = carrier({ isAggregate: false });
  expect(judgeEntry(plain, landed("new"), MAP).kind).toBe("stored");
  expect(judgeEntry(plain, landed("high"), undefined).kind).toBe("stored");
});

test.each<[ApiFailureKind, string]>([
  ["throttled", "retry"],
  ["transient", "retry"],
  ["rejected", "fail"],
])("an entry that is %s: %s", (kind, verdict) => {
  const wrong = failure(kind, "Some");
  expect(judgeEntry(carrier(), { kind: "failed", failure: wrong }, MAP)).toEqual({
    kind: verdict,
    failure: wrong,
  });
});

test.each<[ApiFailureKind, number, string]>([
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
])("a call that is %s for %i ms: %s", (kind, troubledForMs, verdict) => {
  expect(judgeCall(carrier(), failure(kind, "Some"), troubledForMs, GRACE).kind).toBe(verdict);
});

test.each<[Partial<JudgedCarrier>, string]>([
  [{ wasAlone: false }, "isolate"],
  [{ wasAlone: true, isAggregate: true }, "split"],
  [{ wasAlone: true, isAggregate: false }, "fail"],
])("a call that is rejected, with a carrier %j: %s", (change, verdict) => {
  expect(judgeCall(carrier(change), failure("rejected", "Some"), 0, GRACE).kind).toBe(verdict);
});
