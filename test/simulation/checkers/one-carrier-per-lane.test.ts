import { MAX_HASH_KEY } from "@shardline/core";
import { expect, test } from "vitest";
import type { EntryOf, SentCarrier } from "../evidence/journal-entry.ts";
import { PredictedLanes } from "../evidence/predicted-lanes.ts";
import { OneCarrierPerLane } from "./one-carrier-per-lane.ts";
import { entry, show } from "./shown.ts";

const SHARDS = [
  { shardId: "whole", hashKeyRange: { start: 0n, end: MAX_HASH_KEY } },
  { shardId: "low", hashKeyRange: { start: 0n, end: 9n } },
  { shardId: "high", hashKeyRange: { start: 10n, end: MAX_HASH_KEY } },
];

/** A checker, and one that is shown what the producer has told. */
function newChecker(...added: readonly string[]): [OneCarrierPerLane, PredictedLanes] {
  const lanes = new PredictedLanes({ aggregation: {}, distribution: "detect" }, () => SHARDS);
  if (added.length > 0) adopt(lanes, added, []);
  return [new OneCarrierPerLane(lanes), lanes];
}

function adopt(lanes: PredictedLanes, added: readonly string[], removed: readonly string[]): void {
  show(lanes, entry("told", { news: { kind: "other shards", added, removed } }));
}

function sent(call: number, ...carriers: readonly SentCarrier[]): EntryOf<"sent"> {
  return entry("sent", { call, carriers });
}

function carrier(hashKey: bigint, key: string): SentCarrier {
  return { hashKey, bytes: 10, records: [{ key, number: 0 }] };
}

test("a lane has one carrier under way, in the same call or in another", () => {
  const [checker] = newChecker("low", "high");
  show(checker, sent(1, carrier(1n, "a"), carrier(10n, "b")));
  expect(() => show(checker, sent(2, carrier(2n, "c")))).toThrow(
    "call 2 brings c and others down a lane on which call 1 is",
  );
  const [other] = newChecker("low", "high");
  expect(() => show(other, sent(1, carrier(1n, "a"), carrier(2n, "b")))).toThrow("call 1 brings b");
});

test("after the answer, or where it was given up, the next may go; other producers have lanes of their own", () => {
  const [checker] = newChecker("low", "high");
  show(checker, sent(1, carrier(1n, "a")), { ...sent(2, carrier(1n, "a")), process: "other" });
  show(checker, entry("answered", { call: 1, outcomes: ["unknown"] }), sent(3, carrier(1n, "a")));
});

test("a lane that takes over from another waits until that one has nothing under way", () => {
  const [checker, lanes] = newChecker("whole");
  show(checker, sent(1, carrier(1n, "a")));
  adopt(lanes, ["low", "high"], ["whole"]);
  expect(() => show(checker, sent(2, carrier(10n, "b")))).toThrow("on which call 1 is");
});

test("without a map there is one lane", () => {
  const [checker] = newChecker();
  show(checker, sent(1, carrier(1n, "a")));
  expect(() => show(checker, sent(2, carrier(10n, "b")))).toThrow("on which call 1 is");
});

test("no key is in two carriers, wherever they are to go", () => {
  const [checker] = newChecker("low", "high");
  show(checker, sent(1, carrier(1n, "a")));
  expect(() => show(checker, sent(2, carrier(10n, "a")))).toThrow("call 2 brings a");
});
