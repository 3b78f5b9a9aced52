// What the checkers of what has to happen in time must not let pass, and what it must.
import type { Lease } from "@shardline/consumer";
import { SHARD_END } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { EntryOf, Phase } from "../evidence/journal.ts";
import { RunningWorkers } from "../evidence/running-workers.ts";
import { Balance } from "./balance.ts";
import { Drained } from "./drained.ts";
import { OwnedAgain } from "./owned-again.ts";
import { entry, lease, show } from "./shown.ts";
import { WishesAnswered } from "./wishes-answered.ts";

const life = (
  atMs: number,
  what: EntryOf<"life">["what"],
  process = "w",
  forMs = 0,
): EntryOf<"life"> => entry("life", { atMs, what, process, forMs });
const enter = (phase: Phase, atMs = 0): EntryOf<"phase"> => entry("phase", { phase, atMs });

/** Some that have long been up, in a world that is healed. */
function calm(...processes: readonly string[]): RunningWorkers {
  const workers = new RunningWorkers((process) => process !== "p");
  show(workers, ...processes.map((process) => life(-5000, "started", process)), enter("healed"));
  return workers;
}

describe("it is calm", () => {
  test("once it is healed and a worker is up", () => {
    const workers = new RunningWorkers((process) => process !== "p");
    expect(workers.calmSinceMs).toBe(Infinity);
    show(workers, life(0, "started"), life(0, "started", "p"));
    expect(workers.calmSinceMs).toBe(Infinity);
    show(workers, enter("healed", 1000));
    expect(workers.calmSinceMs).toBe(5000);
    show(workers, life(6000, "paused", "w", 9000));
    expect(workers.calmSinceMs).toBe(15_000);
    show(workers, life(6000, "told to stop"));
    expect(workers.calmSinceMs).toBe(Infinity);
    expect(workers.names).toEqual([]);
  });
});

describe("a lease", () => {
  const look = (atMs: number, ...leases: readonly Lease[]) => {
    let nowMs = 0;
    const leaseOf = (shardId: string): Lease | undefined =>
      leases.find((one) => one.shardId === shardId);
    const view = { leases: () => leases, leaseOf, nowMs: () => nowMs };
    const checker = new OwnedAgain(view, calm("w"));
    for (const after of leases) show(checker, entry("table", { key: after.key, after }));
    nowMs = atMs;
    return () => checker.look();
  };

  test("that nobody owns does not rest", () => {
    expect(look(9000, lease("shard"))).toThrow("shard, of nobody, has rested for 9 s");
    expect(look(7000, lease("shard"))).not.toThrow();
  });

  test("whose owner is silent does not rest", () => {
    expect(look(19_000, lease("shard", { owner: "v" }))).toThrow("of v, has rested for 19 s");
    expect(look(17_000, lease("shard", { owner: "v" }))).not.toThrow();
  });

  test("that has ended, or waits for a parent, may", () => {
    const child = lease("child", { parentShardIds: ["parent"] });
    const parent = lease("parent", { owner: "w" });
    expect(look(9000, child, parent, lease("end", { checkpoint: SHARD_END }))).not.toThrow();
    expect(look(9000, child, { ...parent, checkpoint: SHARD_END })).toThrow("child, of nobody");
  });
});

describe("a wish", () => {
  const wished = (atMs: number, by: string | undefined, owner = "v"): EntryOf<"table"> => {
    const after = lease("shard", { owner, ...(by === undefined ? {} : { wantedBy: by }) });
    return entry("table", { atMs, after });
  };

  test("that stays without an answer is seen, and one that is answered or withdrawn is not", () => {
    let nowMs = 40_000;
    const checker = new WishesAnswered(() => nowMs, calm("v", "w"));
    show(checker, wished(1000, "w"), wished(9000, "w"));
    expect(() => checker.look()).toThrow("w has asked for shard for 39 s");
    show(checker, wished(20_000, undefined));
    expect(() => checker.look()).not.toThrow();
    show(checker, wished(20_000, "w"), wished(30_000, "u"));
    nowMs = 60_000;
    expect(() => checker.look()).not.toThrow();
  });
});

describe("shares", () => {
  const three = ["a", "b", "c"].map((key) => lease(key, { owner: "v" }));

  test("that differ by more than one are seen when everything is to have settled, and in the end", () => {
    for (const phase of ["settled", "ending"] as const) {
      const checker = new Balance(() => three, calm("v", "w"));
      expect(() => show(checker, enter(phase))).toThrow("v has 3, w has 0");
    }
    const leases = [...three.slice(0, 2), lease("c", { owner: "w" })];
    show(new Balance(() => leases, calm("v", "w")), enter("settled"), enter("ending"));
  });

  test("do not move then; before and afterwards they may", () => {
    const checker = new Balance(() => [], calm("v", "w"));
    const before = lease("shard", { owner: "v" });
    const move = entry("table", { before, after: { ...before, owner: "w" } });
    const renewal = entry("table", { before, after: { ...before, counter: 1 } });
    show(checker, move, enter("settled"), renewal);
    expect(() => show(checker, move)).toThrow("shard goes from v to w");
    show(checker, enter("ending"), move);
  });
});

describe("a worker that is told to stop", () => {
  test("ends in time, whether anybody looks before it has ended or then", () => {
    let nowMs = 31_600;
    const checker = new Drained(() => nowMs);
    show(checker, life(0, "told to stop"));
    expect(() => checker.look()).not.toThrow();
    nowMs = 31_700;
    expect(() => checker.look()).toThrow("w is 80 ms over its time to drain");
    expect(() => show(checker, life(31_700, "stopped"))).toThrow("80 ms over");
  });

  test("has the time more for which it stood still, and none when it was killed", () => {
    let nowMs = 0;
    const checker = new Drained(() => nowMs);
    show(checker, life(0, "paused", "w", 4000), life(1000, "told to stop"));
    show(checker, life(5000, "paused", "w", 2000), life(6000, "told to stop", "v"));
    show(checker, life(7000, "killed", "v"), life(37_600, "stopped"));
    nowMs = 90_000;
    expect(() => checker.look()).not.toThrow();
  });
});
