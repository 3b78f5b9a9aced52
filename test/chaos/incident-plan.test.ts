import { SeededRandom } from "@shardline/core/testing";
import { startEmulator, type SubscriptionEffect } from "@shardline/emulator";
import { expect, it } from "vitest";
import { readFlags } from "./flags.ts";
import { type FleetRead, READ_MODES } from "./fleet-read.ts";
import { faultNamesOf, type Incident, planIncidents, SHARD_COUNTS } from "./incident-plan.ts";

const OPTIONS = { runMs: 180_000, failoverMs: 3000 };

/** The compiler asks for every one that there is. */
const SUBSCRIPTION_EFFECTS: Readonly<Record<SubscriptionEffect["kind"], true>> = {
  delayEvents: true,
  dropHeartbeats: true,
  silence: true,
  failEvents: true,
  endEvents: true,
  takeOver: true,
  staleContinuation: true,
  cutFrames: true,
  badChecksum: true,
  splitFrames: true,
};
const READS = Object.keys(READ_MODES) as FleetRead[];

function planOf(seed: number, read: FleetRead = "mixed"): Incident[] {
  return planIncidents({ ...OPTIONS, read }, new SeededRandom(seed));
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

it.each(READS)(
  "chaos: any seed has every fault of a fleet that reads by %s, and is whole again before its end",
  (read) => {
    const names = faultNamesOf(read);
    expect(new Set(names).size).toBe(names.length);
    for (let seed = 0; seed < 200; seed += 1) {
      const plan = planOf(seed, read);
      const faults = [...ofKind(plan, "fault"), ...ofKind(plan, "outage")];
      expect(new Set(faults.map(({ name }) => name))).toEqual(new Set(names));
      const endMs = Math.max(...faults.map(({ atMs, forMs }) => atMs + forMs));
      expect(endMs).toBeLessThan(OPTIONS.runMs);
    }
  },
);

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

it("chaos: each effect that the emulator has for subscriptions is among the faults", () => {
  const rules = ofKind(planOf(1, "fan-out"), "fault").map(({ rule }) => rule);
  const kinds = rules.map(({ effect }) => effect.kind);
  expect(kinds).toEqual(expect.arrayContaining(Object.keys(SUBSCRIPTION_EFFECTS)));
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
    read: "mixed",
    journal: undefined,
  });
  expect(readFlags([], () => 5)).toMatchObject({ records: 1_000_000, failoverMs: 10_000 });
  expect(readFlags(["--producers", "0"], () => 5)).toContain("--producers");
  expect(readFlags(["--minutes", "soon"], () => 5)).toContain("--minutes");
  expect(readFlags(["--read", "fan-out"], () => 5)).toMatchObject({ read: "fan-out" });
  expect(readFlags(["--read", "twice"], () => 5)).toContain("--read");
  expect(readFlags(["--hours", "2"], () => 5)).toContain("--hours");
});
