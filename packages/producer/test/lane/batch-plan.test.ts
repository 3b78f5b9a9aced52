import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BatchLimits, type LaneOffer, planBatch } from "../../src/lane/batch-plan.ts";
import type { ShareRoom } from "../../src/lane/lane-limiter.ts";

const LIMITS: BatchLimits = {
  maxRecords: 500,
  maxBytes: 5000,
  maxBytesPerShare: Infinity,
  lingerMs: 20,
};
const NOW = 1000;

function offer(lane: string, more: Partial<LaneOffer<string>> = {}): LaneOffer<string> {
  const share = roomFor();
  return {
    lane,
    dueAtMs: 0,
    fillsCalls: false,
    opensAtMs: 0,
    oldestAtMs: 0,
    sizes: [1],
    trial: undefined,
    share,
    ...more,
  };
}

/** A share of its own. */
function roomFor(records = Infinity, bytes = Infinity): ShareRoom {
  return { records, bytes };
}

function picksOf(offers: readonly LaneOffer<string>[], limits = LIMITS): [string, number][] {
  const plan = planBatch(offers, NOW, limits);
  if (plan.kind !== "send") throw new Error(`the plan is to ${plan.kind}`);
  return plan.picks.map(({ lane, count }) => [lane, count]);
}

describe("when nothing is sent", () => {
  it("is idle when no lane offers anything", () => {
    expect(planBatch([], NOW, LIMITS)).toEqual({ kind: "idle" });
  });

  it("looks again when the first lane is both due and open", () => {
    const offers = [
      offer("a", { dueAtMs: 1100, opensAtMs: 1300 }),
      offer("b", { dueAtMs: 1250, opensAtMs: 900 }),
      offer("c", { dueAtMs: 900, opensAtMs: 1400 }),
    ];
    expect(planBatch(offers, NOW, LIMITS)).toEqual({ kind: "wait", untilMs: 1250 });
  });

  it("does not send on account of a lane that falls due within the linger alone", () => {
    const plan = planBatch([offer("a", { dueAtMs: NOW + 1 })], NOW, LIMITS);
    expect(plan).toEqual({ kind: "wait", untilMs: NOW + 1 });
  });
});

describe("what a call takes", () => {
  it("is what is due and open at this very moment, and nothing that is not", () => {
    const offers = [
      offer("now", { dueAtMs: NOW, opensAtMs: NOW }),
      offer("paused", { opensAtMs: NOW + 1 }),
    ];
    expect(picksOf(offers)).toEqual([["now", 1]]);
  });

  it("is the oldest first, and those that fall due within the linger after all that are due", () => {
    const offers = [
      offer("soon", { oldestAtMs: 1, dueAtMs: NOW + 20 }),
      offer("young", { oldestAtMs: 30 }),
      offer("later", { oldestAtMs: 0, dueAtMs: NOW + 21 }),
      offer("old", { oldestAtMs: 20 }),
    ];
    expect(picksOf(offers)).toEqual([
      ["old", 1],
      ["young", 1],
      ["soon", 1],
    ]);
  });

  it("S-500: is no more than the entries of one call, exactly", () => {
    const sizes = Array.from({ length: 499 }, () => 1);
    expect(picksOf([offer("a", { sizes }), offer("b", { oldestAtMs: 1, sizes: [1, 1] })])).toEqual([
      ["a", 499],
      ["b", 1],
    ]);
  });

  it("S-batch-bytes: is no more than the bytes of one call, exactly", () => {
    expect(picksOf([offer("a", { sizes: [2500, 2500] })])).toEqual([["a", 2]]);
    expect(picksOf([offer("a", { sizes: [2500, 2501] })])).toEqual([["a", 1]]);
  });

  it("S-batch-bytes: is a carrier larger than a whole call by itself", () => {
    const offers = [offer("big", { sizes: [6000, 1] }), offer("b", { oldestAtMs: 1 })];
    expect(picksOf(offers)).toEqual([["big", 1]]);
  });

  it("passes over a carrier that does not fit for smaller ones of other lanes", () => {
    const offers = [
      offer("a", { sizes: [3000] }),
      offer("b", { sizes: [2001, 1], oldestAtMs: 1 }),
      offer("c", { sizes: [2000], oldestAtMs: 2 }),
    ];
    expect(picksOf(offers)).toEqual([
      ["a", 1],
      ["c", 1],
    ]);
  });

  it("is of one trial alone, if the oldest lane's first carriers are on trial", () => {
    const [trial, other] = [Symbol("trial"), Symbol("other")];
    const offers = [
      offer("suspect", { trial, sizes: [1, 1] }),
      offer("free", { oldestAtMs: 1 }),
      offer("other", { trial: other, oldestAtMs: 2 }),
      offer("fellow", { trial, oldestAtMs: 3 }),
    ];
    expect(picksOf(offers)).toEqual([
      ["suspect", 2],
      ["fellow", 1],
    ]);
  });

  it("leaves out lanes whose first carriers are on trial, when another is older", () => {
    const offers = [offer("old"), offer("suspect", { trial: Symbol("trial"), oldestAtMs: 1 })];
    expect(picksOf(offers)).toEqual([["old", 1]]);
  });
});

it("S-shard-guard: a call takes of lanes with the same share together no more than is allowed, but one carrier", () => {
  const limits = { ...LIMITS, maxBytesPerShare: 100 };
  const share = roomFor();
  const offers = [
    offer("a", { share, sizes: [60, 30, 30] }),
    offer("b", { share, sizes: [5, 10], oldestAtMs: 1 }),
    offer("c", { sizes: [500, 1], oldestAtMs: 2 }),
  ];
  expect(picksOf(offers, limits)).toEqual([
    ["a", 2],
    ["b", 1],
    ["c", 1],
  ]);
});

describe("R-bucket: of lanes that share what their shard may be sent", () => {
  it("a call takes together no more carriers than that, and of others as many as they have", () => {
    const share = roomFor(3);
    const offers = [
      offer("a", { share, sizes: [1, 1] }),
      offer("b", { share, sizes: [1, 1], oldestAtMs: 1 }),
      offer("c", { share, sizes: [1], oldestAtMs: 2 }),
      offer("d", { sizes: [1, 1], oldestAtMs: 3 }),
    ];
    expect(picksOf(offers)).toEqual([
      ["a", 2],
      ["b", 1],
      ["d", 2],
    ]);
  });

  it("a call takes together no more bytes than that, but a first carrier however large", () => {
    const share = roomFor(500, 100);
    const offers = [
      offer("a", { share, sizes: [60] }),
      offer("b", { share, sizes: [41], oldestAtMs: 1 }),
      offer("c", { share, sizes: [40], oldestAtMs: 2 }),
      offer("large", { share: roomFor(0.5, -7), sizes: [500, 1], oldestAtMs: 3 }),
    ];
    expect(picksOf(offers)).toEqual([
      ["a", 1],
      ["c", 1],
      ["large", 1],
    ]);
  });
});

describe("records that wait to fill a call", () => {
  const filling = (lane: string, count: number, size = 1): LaneOffer<string> =>
    offer(lane, {
      dueAtMs: 2000,
      fillsCalls: true,
      sizes: Array.from({ length: count }, () => size),
    });

  it("S-500: leave when all lanes together have enough of them, and no sooner", () => {
    const short = [filling("a", 300), filling("b", 199)];
    expect(planBatch(short, NOW, LIMITS)).toEqual({ kind: "wait", untilMs: 2000 });
    expect(picksOf([filling("a", 300), filling("b", 200)])).toEqual([
      ["a", 300],
      ["b", 200],
    ]);
  });

  it("S-batch-bytes: leave when their bytes fill a call", () => {
    expect(planBatch([filling("a", 4, 1000)], NOW, LIMITS).kind).toBe("wait");
    expect(picksOf([filling("a", 5, 1000)])).toEqual([["a", 5]]);
  });

  it("are taken once, though they would be due within the linger, too", () => {
    const soon = { dueAtMs: NOW + 1 };
    const small = { ...filling("small", 1, 5), ...soon };
    const large = { ...filling("large", 1, 5000), ...soon, oldestAtMs: 1 };
    expect(picksOf([small, large])).toEqual([["small", 1]]);
  });

  it("count only as far as their shard may be sent them", () => {
    const slow = { ...filling("a", 500), share: roomFor(499) };
    expect(planBatch([slow], NOW, LIMITS).kind).toBe("wait");
    expect(picksOf([slow, filling("b", 1)])).toEqual([
      ["a", 499],
      ["b", 1],
    ]);
  });

  it("count for nothing while their lanes are shut", () => {
    const shut = { ...filling("a", 500), opensAtMs: 1500 };
    expect(planBatch([shut], NOW, LIMITS).kind).toBe("wait");
  });
});

const SHARES = [roomFor(), roomFor()];
const TRIALS = [undefined, Symbol("one"), Symbol("two")];

it("a call of any offers stays within the limits, or is one carrier; it is never empty", () => {
  const moment = fc.integer({ min: 900, max: 1100 });
  const arbitraryOffer = fc.record({
    lane: fc.string(),
    dueAtMs: moment,
    fillsCalls: fc.boolean(),
    opensAtMs: moment,
    oldestAtMs: fc.nat(1000),
    sizes: fc.array(fc.nat(3000), { minLength: 1, maxLength: 8 }),
    trial: fc.constantFrom(...TRIALS),
    share: fc.constantFrom(...SHARES),
  });
  const arbitraryOffers = fc.uniqueArray(arbitraryOffer, { selector: ({ lane }) => lane });
  const limits = { maxRecords: 5, maxBytes: 5000, maxBytesPerShare: Infinity, lingerMs: 20 };
  fc.assert(
    fc.property(arbitraryOffers, (offers) => {
      const plan = planBatch(offers, NOW, limits);
      const open = offers.filter(({ opensAtMs }) => opensAtMs <= NOW);
      const isReady = open.some(({ dueAtMs }) => dueAtMs <= NOW);
      const filling = open.flatMap(({ fillsCalls, sizes }) => (fillsCalls ? sizes : []));
      const fillingBytes = filling.reduce((sum, size) => sum + size, 0);
      const isFull = filling.length >= limits.maxRecords || fillingBytes >= limits.maxBytes;
      expect(plan.kind === "send").toBe(isReady || isFull);
      if (plan.kind !== "send") return;
      expect(new Set(plan.picks.map(({ lane }) => lane)).size).toBe(plan.picks.length);
      const sizesOf = new Map(offers.map(({ lane, sizes }) => [lane, sizes]));
      const taken = plan.picks.flatMap(
        ({ count, lane }) => sizesOf.get(lane)?.slice(0, count) ?? [],
      );
      const trialOf = new Map(offers.map(({ lane, trial }) => [lane, trial]));
      expect(new Set(plan.picks.map(({ lane }) => trialOf.get(lane))).size).toBe(1);
      const bytes = taken.reduce((sum, size) => sum + size, 0);
      expect(taken.length).toBeGreaterThan(0);
      expect(taken.length).toBeLessThanOrEqual(limits.maxRecords);
      expect(taken.length === 1 || bytes <= limits.maxBytes).toBe(true);
    }),
  );
});
