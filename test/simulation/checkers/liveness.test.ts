// What the checkers of what has to happen in time must not let pass, and what it must.
import type { Lease } from "@shardline/consumer";
import { SHARD_END, type Shard } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { EntryOf, Phase } from "../evidence/journal-entry.ts";
import { Lineage } from "../evidence/lineage.ts";
import { RunningWorkers } from "../evidence/running-workers.ts";
import { Balance } from "./balance.ts";
import { Drained } from "./drained.ts";
import { OwnedAgain } from "./owned-again.ts";
import { entry, lease, show } from "./shown.ts";
import { WishesAnswered } from "./wishes-answered.ts";

const DRAIN_MS = 30_000;
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
  test("once it is healed, what had failed is begun again, and a worker is up", () => {
    const workers = new RunningWorkers((process) => process !== "p");
    expect(workers.calmSinceMs).toBe(Infinity);
    show(workers, life(0, "started"), life(0, "started", "p"));
    expect(workers.calmSinceMs).toBe(Infinity);
    show(workers, enter("healed", 1000));
    expect(workers.calmSinceMs).toBe(6000);
    show(workers, life(6000, "paused", "w", 9000));
    expect(workers.calmSinceMs).toBe(15_000);
    expect([workers.isUp("w", 14_999), workers.isUp("w", 15_000)]).toEqual([false, true]);
    show(workers, life(6000, "told to stop"));
    expect(workers.calmSinceMs).toBe(Infinity);
    expect(workers.names).toEqual([]);
    expect([workers.isUp("w", 90_000), workers.isLeaving("w")]).toEqual([false, true]);
    show(workers, life(7000, "stopped"));
    expect(workers.isLeaving("w")).toBe(false);
  });
});

/** Nothing takes time on the way: a look every 2528 ms, by the slowest clock. */
const PACE = { failoverMs: 10_000, maxStaleMs: 0, roundTripMs: 0 };
const CALM_MS = 5000;
const FREE_MS = 2527;
const SILENT_MS = 15_165;

describe("a lease", () => {
  const SHARDS: readonly Shard[] = ["shard", "parent", "other", "end"].map((shardId) => {
    return { shardId, startingSequenceNumber: "1" };
  });
  const SPLIT = [
    ...SHARDS,
    { shardId: "child", startingSequenceNumber: "9", parentShardId: "parent" },
  ];

  /** A world in which these leases are there from the beginning, and a worker or two run. */
  function world(...leases: readonly Lease[]) {
    const table = new Map(leases.map((one) => [one.key, one]));
    const workers = calm("w", "v");
    let nowMs = 0;
    const leaseOf = (shardId: string): Lease | undefined => table.get(shardId);
    const lineage = new Lineage(() => SPLIT);
    const view = {
      leases: () => [...table.values()],
      leaseOf,
      lineage,
      nowMs: () => nowMs,
      readSinceMs: () => 0,
    };
    const checker = new OwnedAgain(view, workers, PACE);
    for (const after of leases) show(checker, entry("table", { key: after.key, after }));
    const write = (atMs: number, after: Lease, process = "w"): void => {
      const before = table.get(after.key);
      table.set(after.key, after);
      show(checker, entry("table", { key: after.key, before, after, process, atMs }));
    };
    return {
      write,
      live: (...entries: readonly EntryOf<"life">[]): void => {
        show(workers, ...entries);
        show(checker, ...entries);
      },
      /** As the journal does: the checker looks when it has said so. */
      stepTo: (atMs: number): void => {
        for (; nowMs <= atMs; nowMs += 1) if (checker.dueAtMs <= nowMs) checker.look();
      },
    };
  }

  test("that nobody owns is taken at the next look at the table", () => {
    const { stepTo } = world(lease("shard"));
    stepTo(CALM_MS + FREE_MS);
    expect(() => stepTo(CALM_MS + FREE_MS + 1)).toThrow("shard, of nobody, has rested for 2.5 s");
  });

  test("whose owner is silent is taken within a failover time and two looks", () => {
    const { stepTo, write } = world(lease("shard", { owner: "v" }));
    write(6000, lease("shard", { owner: "v", counter: 1 }), "v");
    stepTo(6000 + SILENT_MS - 1);
    expect(() => stepTo(6000 + SILENT_MS + 1)).toThrow("shard, of v, has rested for 15.2 s");
  });

  test("whose owner is silent may be the part of one that begins only now, who has seen nothing of that", () => {
    const { live, stepTo, write } = world(lease("shard", { owner: "v" }));
    write(6000, lease("shard", { owner: "v", counter: 1 }), "v");
    live(life(9000, "started", "x"));
    stepTo(9000 + SILENT_MS - 1);
    expect(() => stepTo(9000 + SILENT_MS + 1)).toThrow("shard, of v, has rested for 15.2 s");
  });

  test("is not taken a moment too late either, though nobody has looked meanwhile", () => {
    const taken = lease("shard", { owner: "w", counter: 1 });
    const late = world(lease("shard"));
    expect(() => late.write(CALM_MS + FREE_MS + 1, taken)).toThrow("has rested for 2.5 s");
    world(lease("shard")).write(CALM_MS + FREE_MS, taken);
  });

  test("rests as long as nobody but its owner writes to it", () => {
    const held = lease("shard", { owner: "v" });
    const { stepTo, write } = world(held);
    write(15_000, { ...held, counter: 1 }, "w");
    write(16_000, { ...held, counter: 1, wantedBy: "w" }, "w");
    expect(() => stepTo(CALM_MS + SILENT_MS + 1)).toThrow("shard, of v, has rested for 15.2 s");
  });

  test("that has ended, or waits for a parent, may", () => {
    const parent = lease("parent", { owner: "w" });
    const { stepTo, write } = world(
      lease("child"),
      parent,
      lease("end", { checkpoint: SHARD_END }),
    );
    stepTo(18_000);
    const ended = lease("parent", { checkpoint: SHARD_END, counter: 1 });
    write(18_000, ended);
    write(20_000, { ...ended, releaseNotice: "w 1" });
    stepTo(18_000 + FREE_MS);
    expect(() => stepTo(18_000 + FREE_MS + 1)).toThrow("child, of nobody, has rested for 2.5 s");
  });

  test("waits for the parents that the stream tells of, whatever the lease says", () => {
    const { stepTo } = world(lease("other", { parentShardIds: ["shard"] }), lease("shard", OWNED));
    expect(() => stepTo(CALM_MS + FREE_MS + 1)).toThrow("other, of nobody");
  });

  test("that nobody owns may wait until those are out of the way who have a share and do not take it", () => {
    const gone = world(lease("shard"), lease("other", { owner: "gone" }));
    gone.stepTo(18_000);
    gone.write(18_000, lease("other", { owner: "w", counter: 1 }));
    gone.stepTo(18_000 + FREE_MS);
    expect(() => gone.stepTo(18_000 + FREE_MS + 1)).toThrow("shard, of nobody");
  });

  test("whose owner is silent waits only for those who are about to leave", () => {
    const silent = lease("shard", { owner: "gone" });
    const left = lease("other", { owner: "v" });
    const leaving = world(silent, left);
    leaving.live(life(6000, "told to stop", "v"));
    for (const atMs of [9000, 20_000, 30_000]) {
      leaving.stepTo(atMs);
      leaving.write(atMs, { ...left, counter: atMs }, "v");
    }
    leaving.live(life(30_000, "stopped", "v"));
    expect(() => leaving.stepTo(30_000 + SILENT_MS + 2)).toThrow("has rested for 15.2 s");
  });
});

const OWNED = { owner: "w" };

describe("a wish", () => {
  const ANSWERED_MS = 32_857.5;

  function wished(atMs: number, by: string | undefined, owner = "v"): EntryOf<"table"> {
    const after = lease("shard", { owner, ...(by === undefined ? {} : { wantedBy: by }) });
    return entry("table", { atMs, after });
  }

  function world(readSinceMs = () => 0) {
    let nowMs = 0;
    const checker = new WishesAnswered({ nowMs: () => nowMs, readSinceMs }, calm("v", "w"), PACE);
    const stepTo = (atMs: number): void => {
      for (; nowMs <= atMs; nowMs += 1) if (checker.dueAtMs <= nowMs) checker.look();
    };
    return { checker, stepTo };
  }

  test("that stays without an answer is seen at once, and one that is answered or withdrawn is not", () => {
    const { checker, stepTo } = world();
    show(checker, wished(7000, "w"), wished(9000, "w"));
    stepTo(6999 + ANSWERED_MS);
    expect(() => stepTo(7001 + ANSWERED_MS)).toThrow("w has asked for shard for 32.9 s");
    show(checker, wished(39_000, undefined));
    expect(() => stepTo(90_000)).not.toThrow();
  });

  test("that is answered a moment too late is seen, though nobody has looked meanwhile", () => {
    for (const answer of [undefined, "u"]) {
      const { checker } = world();
      show(checker, wished(7000, "w"));
      expect(() => show(checker, wished(7001 + ANSWERED_MS, answer))).toThrow("for 32.9 s");
    }
    const { checker } = world();
    show(checker, wished(7000, "w"), wished(6999 + ANSWERED_MS, "w", "w"));
  });

  test("is owed an answer once its stream is read by all, and none while it is not", () => {
    let readSinceMs = Number.POSITIVE_INFINITY;
    const { checker, stepTo } = world(() => readSinceMs);
    show(checker, wished(7000, "w"));
    stepTo(100_000);
    readSinceMs = 100_000;
    stepTo(99_999 + ANSWERED_MS);
    expect(() => stepTo(100_001 + ANSWERED_MS + ANSWERED_MS)).toThrow("w has asked for shard");
  });

  test("is a new one when another worker asks, or another one has the lease", () => {
    const { checker, stepTo } = world();
    show(checker, wished(7000, "w"));
    stepTo(30_000);
    show(checker, wished(30_000, "u"));
    stepTo(60_000);
    show(checker, wished(60_000, "u", "w"));
    stepTo(59_999 + ANSWERED_MS);
    expect(() => stepTo(60_001 + ANSWERED_MS)).toThrow("u has asked for shard");
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
    const checker = new Drained(() => nowMs, DRAIN_MS);
    show(checker, life(0, "told to stop"));
    expect(() => checker.look()).not.toThrow();
    nowMs = 31_700;
    expect(() => checker.look()).toThrow("w is 80 ms over its time to drain");
    expect(() => show(checker, life(31_700, "stopped"))).toThrow("80 ms over");
  });

  test("ends at all, and nobody else does", () => {
    const checker = new Drained(() => 0, DRAIN_MS);
    show(checker, life(0, "told to stop"), life(0, "started", "v"));
    expect(() => checker.atEnd()).toThrow("w was told to stop and has not ended");
    expect(() => show(checker, life(1, "stopped", "v"))).toThrow("v has ended and was not told to");
    show(checker, life(2, "stopped"));
    expect(() => checker.atEnd()).not.toThrow();
  });

  test("gets no more time for a pause within a pause", () => {
    let nowMs = 36_600;
    const checker = new Drained(() => nowMs, DRAIN_MS);
    show(checker, life(0, "told to stop"), life(1000, "paused", "w", 5000));
    show(checker, life(2000, "paused", "w", 3000));
    expect(() => checker.look()).not.toThrow();
    nowMs = 36_700;
    expect(() => checker.look()).toThrow("80 ms over");
  });

  test("has the time more for which it stood still, and none when it was killed", () => {
    let nowMs = 0;
    const checker = new Drained(() => nowMs, DRAIN_MS);
    show(checker, life(0, "paused", "w", 4000), life(1000, "told to stop"));
    show(checker, life(5000, "paused", "w", 2000), life(6000, "told to stop", "v"));
    show(checker, life(7000, "killed", "v"), life(37_600, "stopped"));
    nowMs = 90_000;
    expect(() => checker.look()).not.toThrow();
  });
});
