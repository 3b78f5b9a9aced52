import { expect, test } from "vitest";
import { type BatchLimits, type LaneOffer, planBatch } from "../src/batch-plan.ts";

const LIMITS: BatchLimits = { maxRecords: 10, maxBytes: 1000, lingerMs: 20 };
const NOW = 5000;

function offer(lane: string, change: Partial<LaneOffer<string>> = {}): LaneOffer<string> {
  return {
    lane,
    dueAtMs: NOW,
    opensAtMs: NOW,
    oldestAtMs: 4900,
    sizes: [100],
    isAlone: false,
    ...change,
  };
}

function picks(...offers: LaneOffer<string>[]): unknown {
  const plan = planBatch(offers, NOW, LIMITS);
  return plan.kind === "send" ? plan.picks.map(({ count, lane }) => `${lane} ${count}`) : plan;
}

test("nothing is offered: there is nothing to do until something changes", () => {
  expect(picks()).toEqual({ kind: "idle" });
});

test("nothing is due: the next look is when the first falls due and may leave", () => {
  const offers = [
    offer("a", { dueAtMs: NOW + 50 }),
    offer("b", { dueAtMs: NOW + 10, opensAtMs: NOW + 80 }),
    offer("c", { dueAtMs: NOW - 10, opensAtMs: NOW + 70 }),
  ];
  expect(picks(...offers)).toEqual({ kind: "wait", untilMs: NOW + 50 });
});

test("what is due leaves, the oldest first", () => {
  expect(picks(offer("b", { oldestAtMs: 4950 }), offer("a", { oldestAtMs: 4900 }))).toEqual([
    "a 1",
    "b 1",
  ]);
});

test("what falls due soon goes along, behind what is due", () => {
  const soon = offer("soon", { dueAtMs: NOW + 20, oldestAtMs: 1 });
  const later = offer("later", { dueAtMs: NOW + 21, oldestAtMs: 1 });
  expect(picks(soon, later, offer("due"))).toEqual(["due 1", "soon 1"]);
  expect(picks(soon, later)).toMatchObject({ kind: "wait" });
});

test("a lane that is closed does not go along", () => {
  expect(picks(offer("due"), offer("closed", { opensAtMs: NOW + 1 }))).toEqual(["due 1"]);
});

test("a call holds so many entries, and a lane gives a part of what it offers", () => {
  const many = offer("many", { sizes: Array.from({ length: 8 }, () => 1), oldestAtMs: 1 });
  const more = offer("more", { sizes: Array.from({ length: 8 }, () => 1) });
  expect(picks(more, many)).toEqual(["many 8", "more 2"]);
});

test("a call holds so many bytes; a smaller lane fills what a larger one leaves", () => {
  const large = offer("large", { sizes: [900, 200], oldestAtMs: 1 });
  const small = offer("small", { sizes: [100, 1], oldestAtMs: 2 });
  expect(picks(large, small)).toEqual(["large 1", "small 1"]);
});

test("an entry larger than a whole call leaves by itself", () => {
  expect(picks(offer("huge", { sizes: [5000], oldestAtMs: 1 }), offer("small"))).toEqual([
    "huge 1",
  ]);
  expect(picks(offer("small", { oldestAtMs: 1 }), offer("huge", { sizes: [5000] }))).toEqual([
    "small 1",
  ]);
});

test("a carrier that must be alone is, whether it is its turn or not", () => {
  const alone = { isAlone: true };
  expect(picks(offer("a", { ...alone, oldestAtMs: 1 }), offer("b"))).toEqual(["a 1"]);
  expect(picks(offer("b", { oldestAtMs: 1 }), offer("a", alone))).toEqual(["b 1"]);
});
