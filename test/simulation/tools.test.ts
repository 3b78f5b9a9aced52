import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { BrokenInvariant } from "./evidence/journal.ts";
import { readFlags } from "./flags.ts";
import { oddsFromText, oddsLine, oddsText } from "./odds-text.ts";
import { drawOdds, patchOdds } from "./odds.ts";
import { shrink, smallerOdds } from "./shrink.ts";
import { Tally } from "./tally.ts";

const odds = drawOdds(new SeededRandom(3));

test("odds survive as text, what never ends too", () => {
  const endless = patchOdds(odds, { incidents: { crashMs: Number.POSITIVE_INFINITY } });
  expect(oddsFromText(oddsText(endless))).toEqual(endless);
});

test("odds that there are not are refused by name", () => {
  expect(readFlags(["--odds", '{"fleet":{"wokers":1}}'])).toBe(
    "--odds: there are no odds fleet.wokers",
  );
  expect(readFlags(["--odds", '{"flee":{}}'])).toBe("--odds: there are no odds flee");
});

test.each([
  [["--seed", "x"], "--seed takes a whole number from 0"],
  [["--seeds", "0"], "--seeds takes a whole number from 1"],
  [["--hours", "0"], "--hours takes a number above 0, to 1000"],
])("%j is refused", (args, problem) => {
  expect(readFlags(args)).toBe(problem);
});

test("without flags the first world of ten minutes is run", () => {
  expect(readFlags([])).toEqual({
    seed: 1,
    seeds: 1,
    hours: undefined,
    odds: {},
    shrink: false,
    large: false,
  });
});

test("the line for people leaves out what never happens", () => {
  const calm = patchOdds(odds, { network: { lostAnswer: 0, lostRequest: 0.0123456 } });
  expect(oddsLine(calm)).toContain("lostRequest 0.0123");
  expect(oddsLine(calm)).not.toContain("lostAnswer");
});

test("shrinking leaves out everything that the break does not need", async () => {
  const many = patchOdds(odds, {
    fleet: { workers: 6 },
    network: { lostAnswer: 0.02, lostRequest: 0.02 },
  });
  const broken = new BrokenInvariant("no loss", "gone");
  const told: string[] = [];
  const smallest = await shrink(
    { seed: 3, odds: many, broken },
    // Two workers and lost answers are needed, and a seed by luck.
    ({ odds: { fleet, network } = {}, seed }) => {
      const breaks = (fleet?.workers ?? 0) >= 2 && (network?.lostAnswer ?? 0) > 0 && seed % 2 === 0;
      return Promise.resolve(breaks ? "no loss" : undefined);
    },
    (without) => told.push(oddsText(without)),
  );
  expect(smallest.odds.fleet.workers).toBeLessThan(4);
  expect(smallest.odds.network).toMatchObject({
    lostAnswer: 0.02,
    lostRequest: 0,
    maxLatencyMs: 0,
  });
  expect(smallest.odds.incidents.crashMs).toBe(Number.POSITIVE_INFINITY);
  expect(smallest.seed % 2).toBe(0);
  expect(told).toContain('{"incidents":{"crashMs":"Infinity"}}');
});

test("another invariant that breaks is no success", async () => {
  const broken = new BrokenInvariant("no loss", "gone");
  const smallest = await shrink(
    { seed: 3, odds, broken },
    () => Promise.resolve("order per key"),
    () => undefined,
  );
  expect(smallest).toEqual({ seed: 3, odds });
});

test("there is nothing smaller than the smallest world without faults", () => {
  let least = odds;
  for (let more = smallerOdds(least); more.length > 0; more = smallerOdds(least)) {
    least = patchOdds(least, more[0] ?? {});
  }
  expect(least.fleet.workers).toBe(1);
  expect(least.network.lostRequest).toBe(0);
});

test("worlds are summed up: which fault fired how often, and which worlds count", () => {
  const tally = new Tally();
  const report = { seed: 1, odds, broken: undefined, story: [], put: 5, receipts: 5, delivered: 6 };
  const three = new Map([
    ["crash", 2],
    ["pause", 1],
    ["lost answer", 10],
  ]);
  tally.add({ ...report, reshards: 1, faults: three, workerHours: 3 });
  tally.add({ ...report, reshards: 0, faults: new Map([["crash", 1]]), workerHours: 3 });
  expect(tally.lines(120_000)).toEqual([
    "",
    "faults that fired:",
    "  10 x lost answer",
    "   3 x crash",
    "   1 x pause",
    "",
    "10 records put, 12 deliveries",
    "2 worlds, all fine; 1 with a reshard and three kinds of fault; 3 simulated worker-hours per minute of CPU",
  ]);
});
