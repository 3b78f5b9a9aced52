import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { commandOf } from "./command.ts";
import { FAULTS, type FaultName, WORLDS_WITH_ALL } from "./faults/fault-names.ts";
import { readFlags } from "./flags.ts";
import { oddsFromText, oddsLine, oddsText } from "./odds-text.ts";
import { AMPLE_BYTES, drawOdds, patchOdds } from "./odds.ts";
import { shrink, smallerOdds } from "./shrink.ts";
import { ONE_STREAM } from "./faults/stream-odds.ts";
import { Tally } from "./tally.ts";
import { shortcomingsOf } from "./verdict.ts";

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
  [["--minutes", "0"], "--minutes takes a number above 0"],
  [["--jobs", "1.5"], "--jobs takes a whole number from 1"],
  [["--seed="], "--seed takes a whole number from 0"],
  [["--minutes", " "], "--minutes takes a number above 0"],
  [["--counting", "0"], "--counting takes a whole number from 1"],
  [["--least", "no"], "--least takes a whole number from 1"],
  [["--odds", "5"], '--odds takes groups, as in {"fleet":{"workers":2}}'],
  [["--odds", "[]"], '--odds takes groups, as in {"fleet":{"workers":2}}'],
  [["--odds", "null"], '--odds takes groups, as in {"fleet":{"workers":2}}'],
  [["--odds", '{"fleet":null}'], "--odds: fleet takes odds by their names"],
  [["--odds", '{"toString":{}}'], "--odds: there are no odds toString"],
  [["--odds", '{"fleet":{"workers":"2"}}'], "--odds: fleet.workers takes a number from 0, not 2"],
  [["--odds", '{"fleet":{"workers":-1}}'], "--odds: fleet.workers takes a number from 0, not -1"],
  [["--odds", '{"wire":{"form":null}}'], "--odds: wire.form takes a word, not null"],
  [["--large", "--jobs", "1"], "--large goes with --seed alone, not with --jobs"],
])("%j is refused", (args, problem) => {
  expect(readFlags(args)).toBe(problem);
});

test("odds that are no JSON are told with the reason", () => {
  expect(readFlags(["--odds", "{"])).toMatch(/^--odds takes JSON: ./);
});

test("all odds that are drawn can be given", () => {
  for (let seed = 0; seed < 300; seed += 1) {
    const drawn = drawOdds(new SeededRandom(seed));
    expect(readFlags(["--odds", oddsText(drawn)])).toMatchObject({ odds: drawn });
  }
});

test.each([
  ["--minutes", "2"],
  ["--counting", "3"],
])("with %s as many seeds are taken as that allows", (...args) => {
  expect(readFlags(args)).toMatchObject({ seeds: Number.MAX_SAFE_INTEGER });
});

test("without flags the first world of ten minutes is run", () => {
  expect(readFlags([])).toEqual({
    seed: 1,
    seeds: 1,
    counting: 0,
    minutes: Number.POSITIVE_INFINITY,
    least: 0,
    jobs: 1,
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
  const brokenBy = "no loss";
  const told: string[] = [];
  const smallest = await shrink(
    { seed: 3, odds: many, brokenBy },
    // Two workers and lost answers are needed, and a seed by luck.
    ({ odds: { fleet, network } = {}, seed }) => {
      const breaks = (fleet?.workers ?? 0) >= 2 && (network?.lostAnswer ?? 0) > 0 && seed % 2 === 0;
      return Promise.resolve(breaks ? "no loss" : undefined);
    },
    (without, { seed }) => told.push(`${seed % 2}: ${oddsText(without)}`),
  );
  expect(smallest.odds.fleet.workers).toBeLessThan(4);
  expect(smallest.odds.network).toMatchObject({
    lostAnswer: 0.02,
    lostRequest: 0,
    maxLatencyMs: 0,
  });
  expect(smallest.odds.incidents.crashMs).toBe(Number.POSITIVE_INFINITY);
  expect(smallest.seed % 2).toBe(0);
  expect(told).toContain('0: {"incidents":{"crashMs":"Infinity"}}');
});

test("another invariant that breaks is no success", async () => {
  const brokenBy = "no loss";
  const smallest = await shrink(
    { seed: 3, odds, brokenBy },
    () => Promise.resolve("order per key"),
    () => undefined,
  );
  expect(smallest).toEqual({ seed: 3, odds });
});

test("there is nothing smaller than the smallest world without faults", () => {
  let least = patchOdds(odds, {
    kcl: { workers: 3 },
    producers: { surge: { everyMs: 100_000, records: 1500, bytes: 0 }, huge: 0.005 },
    handlers: { poison: "skip" },
    concurrency: { concurrency: 2, ordering: "none" },
    reading: { mode: "fan-out", bufferedBytes: 30_000 },
    push: { silentMs: 100_000, failed: 0.1 },
    application: { startAt: "LATEST" },
    recreation: { everyMs: 100_000 },
    streams: { streams: 3, addedAfterMs: 1, removedMs: 1, troubleMs: 1, shortAnswer: 0.1 },
  });
  for (let more = smallerOdds(least); more.length > 0; more = smallerOdds(least)) {
    least = patchOdds(least, more[0] ?? {});
  }
  expect(least).toMatchObject({
    fleet: { workers: 1, keepsName: 0 },
    kinesis: { updateMs: 1 },
    network: { lostRequest: 0 },
    kcl: { workers: 0 },
    producers: { surge: { records: 0 }, huge: 0, options: { buffer: {} } },
    handlers: { poison: "none" },
    concurrency: { concurrency: 1, ordering: "shard" },
    reading: { mode: "polling", bufferedBytes: AMPLE_BYTES },
    push: { silentMs: Number.POSITIVE_INFINITY, failed: 0 },
    application: { startAt: "TRIM_HORIZON" },
    recreation: { everyMs: Number.POSITIVE_INFINITY },
    streams: ONE_STREAM,
  });
});

test("worlds are summed up: which fault fired how often, what else happened, and which worlds count", () => {
  const tally = new Tally();
  const report = { put: 5, delivered: 6, workerHours: 3, cpuMs: 60_000, brokenBy: undefined };
  const three: [FaultName, number][] = [
    ["crash", 2],
    ["pause", 1],
    ["lost answer", 10],
  ];
  const events = new Map([["handler checkpoints", 7]]);
  tally.add({ ...report, faults: new Map<FaultName, number>([...three, ["reshard", 1]]), events });
  tally.add({ ...report, faults: new Map(three), events: new Map() });
  tally.add({
    ...report,
    faults: new Map<FaultName, number>([...three.slice(1), ["reshard", 1]]),
    events,
  });
  expect(tally.lines()).toEqual([
    "",
    "faults that fired:",
    "  30 x lost answer",
    "   4 x crash",
    "   3 x pause",
    "   2 x reshard",
    "",
    "beside them:",
    "  14 x handler checkpoints",
    "",
    "15 records put, 18 deliveries",
    "3 worlds, all fine; 1 count, with a reshard and three other kinds of fault; 3 simulated worker-hours per minute of CPU",
  ]);
});

function tallyOf(worlds: number, fired: readonly FaultName[], brokenBy?: string): Tally {
  const tally = new Tally();
  const faults = new Map(fired.map((name) => [name, 1]));
  const rest = { put: 0, delivered: 0, workerHours: 0, cpuMs: 1, events: new Map() };
  for (let world = 0; world < worlds; world += 1) tally.add({ ...rest, faults, brokenBy });
  return tally;
}

const ASKED = { counting: 0, hours: undefined, least: 0, odds: {} };

test("a world that broke is told in the tally", () => {
  expect(tallyOf(1, [], "no loss").lines().at(-1)).toContain("1 worlds, 1 BROKEN; 0 count");
  expect(new Tally().lines().at(-1)).toContain("0 worlds, all fine; 0 count");
});

test("a fault that many worlds never showed is a shortcoming, where their odds were drawn", () => {
  const many = tallyOf(WORLDS_WITH_ALL, FAULTS.slice(2));
  expect(shortcomingsOf(many, ASKED)).toEqual([
    "never fired: back under its name, checkpoint forgotten",
  ]);
  expect(shortcomingsOf(many, { ...ASKED, hours: 0.1 })).toEqual([]);
  expect(shortcomingsOf(many, { ...ASKED, odds: { kcl: { workers: 1 } } })).toEqual([]);
  expect(shortcomingsOf(tallyOf(WORLDS_WITH_ALL - 1, []), ASKED)).toEqual([]);
  expect(shortcomingsOf(tallyOf(WORLDS_WITH_ALL, FAULTS), ASKED)).toEqual([]);
  const allButRare = FAULTS.filter((name) => name !== "dead-letter sink hangs");
  expect(shortcomingsOf(tallyOf(999, allButRare), ASKED)).toEqual([]);
  expect(shortcomingsOf(tallyOf(1000, allButRare), ASKED)).toEqual([
    "never fired: dead-letter sink hangs",
  ]);
});

test("fewer worlds than were asked for are a shortcoming", () => {
  const asked = { ...ASKED, counting: 3, least: 4 };
  expect(shortcomingsOf(tallyOf(2, FAULTS), asked)).toEqual([
    "--least 4: only 2 worlds were run",
    "--counting 3: only 2 worlds count",
  ]);
  expect(shortcomingsOf(tallyOf(4, FAULTS), asked)).toEqual([]);
});

test("the command that repeats a world says what was asked for", () => {
  expect(commandOf({ seed: 4, hours: undefined, odds: {} })).toBe("npm run simulate -- --seed 4");
  expect(commandOf({ seed: 4, hours: 2, odds: { kcl: { workers: 1 } } })).toBe(
    `npm run simulate -- --seed 4 --hours 2 --odds '{"kcl":{"workers":1}}'`,
  );
});
