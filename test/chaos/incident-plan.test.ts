import { SeededRandom } from "@shardline/core/testing";
import { startEmulator } from "@shardline/emulator";
import { expect, it } from "vitest";
import { readFlags } from "./flags.ts";
import { FAULT_NAMES, type Incident, planIncidents, SHARD_COUNTS } from "./incident-plan.ts";

const OPTIONS = { runMs: 180_000, failoverMs: 3000 };

function planOf(seed: number): Incident[] {
  return planIncidents(OPTIONS, new SeededRandom(seed));
}

function ofKind<Kind extends Incident["kind"]>(
  plan: readonly Incident[],
  kind: Kind,
): Extract<Incident, { kind: Kind }>[] {
  return plan.filter(
    (incident): incident is Extract<Incident, { kind: Kind }> => incident.kind === kind,
  );
}

it("chaos: any seed strikes workers and producers as often, deploys twice, and reshards three times", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const plan = planOf(seed);
    const struck = (kind: "kill" | "freeze"): string[] =>
      ofKind(plan, kind).map(({ whom }) => whom);
    expect(struck("kill").filter((whom) => whom === "worker")).toHaveLength(20);
    expect(struck("kill").filter((whom) => whom === "producer")).toHaveLength(4);
    expect(struck("freeze").filter((whom) => whom === "worker")).toHaveLength(10);
    expect(struck("freeze").filter((whom) => whom === "producer")).toHaveLength(2);
    const stops = ofKind(plan, "freeze").map(({ forMs }) => forMs);
    expect(Math.min(...stops)).toBeGreaterThan(OPTIONS.failoverMs);
    expect(ofKind(plan, "deployment")).toHaveLength(2);
    expect(ofKind(plan, "reshard").map(({ shards }) => shards)).toEqual(SHARD_COUNTS.slice(1));
    expect(plan.every(({ atMs }) => atMs > 0 && atMs < OPTIONS.runMs)).toBe(true);
    expect(plan.map(({ atMs }) => atMs)).toEqual(
      plan.map(({ atMs }) => atMs).sort((a, b) => a - b),
    );
  }
});

it("chaos: any seed has every fault, and the run is whole again before its end", () => {
  expect(new Set(FAULT_NAMES).size).toBe(FAULT_NAMES.length);
  for (let seed = 0; seed < 200; seed += 1) {
    const plan = planOf(seed);
    const faults = [...ofKind(plan, "fault"), ...ofKind(plan, "outage")];
    expect(new Set(faults.map(({ name }) => name))).toEqual(new Set(FAULT_NAMES));
    const endMs = Math.max(...faults.map(({ atMs, forMs }) => atMs + forMs));
    expect(endMs).toBeLessThan(OPTIONS.runMs);
  }
});

it("chaos: between storms of faults there is calm, long enough for a lease to be taken over", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const plan = planOf(seed);
    // Those that come with reshards come when they come.
    const faults = [...ofKind(plan, "fault"), ...ofKind(plan, "outage")]
      .filter(({ name }) => name !== "kinesis: shards of the past")
      .sort((a, b) => a.atMs - b.atMs);
    let untilMs = faults[0]?.atMs ?? 0;
    let calms = 0;
    for (const { atMs, forMs } of faults) {
      if (atMs - untilMs > 2 * OPTIONS.failoverMs) calms += 1;
      untilMs = Math.max(untilMs, atMs + forMs);
    }
    expect(calms, `of seed ${seed}`).toBeGreaterThanOrEqual(5);
  }
});

it("chaos: the emulator takes every rule", async () => {
  await using emulator = await startEmulator({ streams: { chaos: 1 } });
  const rules = ofKind(planOf(1), "fault").map(({ rule }) => rule);
  for (const rule of rules) emulator.faults.add(rule);
  expect(emulator.faults.list()).toHaveLength(rules.length);
});

it("chaos: the same seed has the same incidents, another one has others", () => {
  expect(planOf(7)).toEqual(planOf(7));
  expect(planOf(8)).not.toEqual(planOf(7));
});

it("chaos: sizes follow the minutes, unless they are given", () => {
  expect(readFlags(["--minutes", "2"], () => 5)).toEqual({
    minutes: 2,
    records: 200_000,
    seed: 5,
    workers: 4,
    producers: 2,
    failoverMs: 2000,
    journal: undefined,
  });
  expect(readFlags([], () => 5)).toMatchObject({ records: 1_000_000, failoverMs: 10_000 });
  expect(readFlags(["--producers", "0"], () => 5)).toContain("--producers");
  expect(readFlags(["--minutes", "soon"], () => 5)).toContain("--minutes");
  expect(readFlags(["--hours", "2"], () => 5)).toContain("--hours");
});
