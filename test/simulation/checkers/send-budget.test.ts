import { MAX_HASH_KEY } from "@shardline/core";
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { SentOutcome } from "../evidence/outcomes.ts";
import { PredictedLanes } from "../evidence/predicted-lanes.ts";
import { SendBudget } from "./send-budget.ts";
import { entry, show } from "./shown.ts";

const MIB = 1_048_576;
const SHARDS = [{ shardId: "whole", hashKeyRange: { start: 0n, end: MAX_HASH_KEY } }];

/** Limited to so much of a shard's limits. */
function newChecker(maxFactor: number): [SendBudget, PredictedLanes] {
  const lanes = new PredictedLanes({ aggregation: {}, distribution: "detect" }, () => SHARDS);
  return [new SendBudget(maxFactor, lanes), lanes];
}

function sent(localMs: number, bytes: number, call = 1): EntryOf<"sent"> {
  return entry("sent", { localMs, call, carriers: [{ hashKey: 1n, bytes, records: [] }] });
}

function answered(localMs: number, outcome: SentOutcome, call = 1): EntryOf<"answered"> {
  return entry("answered", { localMs, call, outcomes: [outcome] });
}

test("a second's worth of bytes may leave at once, and then no more than the rate", () => {
  const [checker] = newChecker(1);
  show(checker, sent(0, MIB), sent(500, MIB / 2));
  expect(() => show(checker, sent(999, MIB / 2))).toThrow(
    "p sends 524288 bytes while it may send 523239.4 in 1000.000 records",
  );
});

test("a thousand records may leave at once, and then no more than the rate", () => {
  const [checker] = newChecker(1);
  for (let i = 0; i < 1000; i += 1) show(checker, sent(0, 1));
  show(checker, sent(1, 1));
  expect(() => show(checker, sent(1.5, 1))).toThrow("p sends 1 bytes while");
});

test("what is larger than a second's worth leaves when all of that is there, and owes the rest", () => {
  const [checker] = newChecker(1);
  show(checker, sent(0, 2 * MIB), sent(1001, 1000));
  expect(() => show(checker, sent(1002, 2000))).toThrow("p sends 2000 bytes while");
});

test("a rate begins with a shard's own limits and grows by a twentieth of them in a second", () => {
  const [checker] = newChecker(1.5);
  show(checker, sent(0, MIB), sent(1000, 1.05 * MIB));
  const [other] = newChecker(1.5);
  show(other, sent(0, MIB), sent(500, 0.5 * MIB), sent(500, 0.01 * MIB));
  expect(() => show(other, sent(1000, 0.55 * MIB))).toThrow("p sends");
  const [low] = newChecker(0.5);
  show(low, sent(0, MIB), sent(1000, 0.5 * MIB));
  expect(() => show(low, sent(2000, 0.51 * MIB))).toThrow("at a factor of 0.500");
});

test("a rate grows from when its lane began, whenever that sends first", () => {
  const [checker, lanes] = newChecker(1.5);
  const news = { kind: "other shards", added: ["whole"], removed: [] } as const;
  show(lanes, entry("told", { localMs: 1000, news }));
  show(checker, sent(3000, MIB), sent(3500, 0.56 * MIB));
  expect(() => show(checker, sent(3500, 0.01 * MIB))).toThrow("at a factor of 1.125 at most");
});

test("a refusal cuts the rate, and several at a time cut it once", () => {
  const cut = (): SendBudget => {
    const [checker] = newChecker(1);
    show(checker, sent(0, MIB), answered(0, "throttled"));
    return checker;
  };
  show(cut(), sent(1000, 0.85 * MIB));
  expect(() => show(cut(), sent(1000, 0.86 * MIB))).toThrow("at a factor of 0.850");
  const twice = cut();
  show(twice, sent(0, 0, 2), answered(100, "throttled", 2), sent(1000, 0.84 * MIB));
});

test("only what came too fast slows a producer down", () => {
  const [checker] = newChecker(1);
  show(checker, sent(0, MIB), answered(0, "failed"), sent(1000, MIB));
});

test("a new lane begins anew, and one to all shards may be sent as much as all take", () => {
  const [checker, lanes] = newChecker(1);
  show(checker, sent(0, MIB));
  show(lanes, entry("told", { news: { kind: "open shards", count: 3 } }));
  show(checker, sent(0, 3 * MIB));
  const news = { kind: "other shards", added: ["whole"], removed: [] } as const;
  show(lanes, entry("told", { news }));
  show(checker, sent(0, MIB));
  expect(() => show(checker, sent(0, 1))).toThrow("p sends 1 bytes while");
});
