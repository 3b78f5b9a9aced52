import { SeededRandom } from "@shardline/core/testing";
import { expect, it } from "vitest";
import { readFlags } from "./flags.ts";
import { planIncidents, SHARD_COUNTS } from "./incident-plan.ts";

const OPTIONS = { runMs: 120_000, failoverMs: 2000 };

it("chaos: any seed has twenty kills, ten stops longer than the failover time, and three reshards", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const plan = planIncidents(OPTIONS, new SeededRandom(seed));
    const stops = plan.flatMap((incident) => (incident.kind === "freeze" ? [incident.forMs] : []));
    const shards = plan.flatMap((incident) =>
      incident.kind === "reshard" ? [incident.shards] : [],
    );
    expect(plan.filter(({ kind }) => kind === "kill")).toHaveLength(20);
    expect(stops).toHaveLength(10);
    expect(Math.min(...stops)).toBeGreaterThan(OPTIONS.failoverMs);
    expect(shards).toEqual(SHARD_COUNTS.slice(1));
    expect(plan.some(({ kind }) => kind === "throttle")).toBe(true);
    expect(plan.every(({ atMs }) => atMs > 0 && atMs < OPTIONS.runMs)).toBe(true);
    expect(plan.map(({ atMs }) => atMs)).toEqual(
      plan.map(({ atMs }) => atMs).sort((a, b) => a - b),
    );
  }
});

it("chaos: the same seed has the same incidents", () => {
  const plan = () => planIncidents(OPTIONS, new SeededRandom(7));
  expect(plan()).toEqual(plan());
});

it("chaos: sizes follow the minutes, unless they are given", () => {
  expect(readFlags(["--minutes", "2"], () => 5)).toEqual({
    minutes: 2,
    records: 200_000,
    seed: 5,
    workers: 4,
    failoverMs: 2000,
    journal: undefined,
  });
  expect(readFlags([], () => 5)).toMatchObject({ records: 1_000_000, failoverMs: 10_000 });
  expect(readFlags(["--minutes", "soon"], () => 5)).toContain("--minutes");
  expect(readFlags(["--hours", "2"], () => 5)).toContain("--hours");
});
