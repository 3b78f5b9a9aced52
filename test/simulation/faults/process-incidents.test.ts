import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { Fleet } from "../fleet/fleet.ts";
import { SimProcess } from "../fleet/sim-process.ts";
import { ProcessIncidents } from "./process-incidents.ts";
import { Strikes } from "./strikes.ts";

/** Takes a while to end when it is told to. */
class Slow {
  readonly process: SimProcess;
  readonly done: Promise<void>;
  #end: () => void = () => undefined;

  constructor(process: SimProcess) {
    this.process = process;
    this.done = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  stop(): void {
    this.process.startTimer(500, () => this.#end());
  }
}

function newFleet(seed: number, keepsName: number) {
  const clock = new VirtualClock();
  const random = new SeededRandom(seed);
  const fleet = new Fleet(3, (ordinal) => new Slow(new SimProcess(`w-${ordinal}`, clock)));
  const seen: string[] = [];
  const befall = (process: string, fault: string): void => void seen.push(`${fault}: ${process}`);
  const strikes = new Strikes({ random, befall, note: () => undefined });
  const incidents = new ProcessIncidents({
    prefix: "",
    fleet,
    strikes,
    replacing: clock,
    clock: new SimProcess("chaos", clock),
    random,
    befall,
    keepsName: () => keepsName,
  });
  fleet.fill();
  return { clock, fleet, incidents, seen };
}

const SEEDS = Array.from({ length: 40 }, (_, at) => at);

test("those that are told to end are killed and paused while they are at it, and replaced once", async () => {
  const faults = new Set<string>();
  for (const seed of SEEDS) {
    for (const keepsName of [0, 1]) {
      const { clock, fleet, incidents, seen } = newFleet(seed, keepsName);
      incidents.restart();
      await clock.advance(60_000);
      expect(fleet.leaving).toEqual([]);
      expect(fleet.members).toHaveLength(3);
      for (const each of seen) faults.add(each.split(":")[0] ?? "");
    }
  }
  expect([...faults].toSorted()).toEqual([
    "back under its name",
    "crash while ending",
    "pause while ending",
    "restart",
  ]);
});

test("whoever keeps its name comes back under it after it has ended, and not before", async () => {
  for (const seed of SEEDS) {
    const { clock, fleet, incidents } = newFleet(seed, 1);
    incidents.restart();
    while (fleet.leaving.length > 0) {
      expect(fleet.members).toHaveLength(2);
      await clock.advance(100);
    }
    await clock.advance(6000);
    const names = fleet.members.map(({ process }) => process.name);
    expect(names.toSorted()).toEqual(["w-1", "w-2", "w-3"]);
  }
});

test("a crash draws from those that are ending as well", async () => {
  const killed = new Set<string>();
  for (const seed of SEEDS) {
    const { fleet, incidents, seen } = newFleet(seed, 0);
    for (const member of fleet.members.slice(1)) fleet.dismiss(member);
    incidents.crash();
    expect(fleet.everyone).toHaveLength(2);
    killed.add(seen[0] ?? "");
  }
  expect([...killed].toSorted()).toEqual([
    "crash while ending: w-2",
    "crash while ending: w-3",
    "crash: w-1",
  ]);
});
