import { SHARD_END } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { describe, expect, test } from "vitest";
import { planLeases } from "../../src/lease/lease-plan.ts";
import { foreignLease, leaseOf, nativeLease, positionOf, shardIdOf } from "../support/leases.ts";
import { FAILOVER_MS, keysOf, range, viewOf } from "../support/lease-views.ts";

const NOTHING = { reclaim: [], take: [], wish: [], isStealing: false, spillover: 0 };

describe("leases that nobody reads", () => {
  test("15 unowned-immediate: a lease without an owner is taken without waiting", () => {
    const lease = leaseOf(0);
    expect(planLeases(viewOf([lease]))).toEqual({ ...NOTHING, take: [lease] });
  });

  test("12 expire-by-counter: a lease is taken when it stood still for longer than the failover time, not before", () => {
    const lease = foreignLease(0, "dead");
    const after = (ms: number) => planLeases(viewOf([lease], { silentForMs: () => ms })).take;
    expect(after(FAILOVER_MS)).toEqual([]);
    expect(after(FAILOVER_MS + 1)).toEqual([lease]);
  });

  test("a silent owner of ours is treated like any other", () => {
    const lease = nativeLease(0, "dead");
    const view = viewOf([lease], { silentForMs: () => FAILOVER_MS + 1 });
    expect(planLeases(view)).toEqual({ ...NOTHING, take: [lease] });
  });

  test("a worker of ours that lets one lease run out is not waited for with the others", () => {
    const leases = [0, 1, 2].flatMap((i) =>
      ["dead", "a", "me"].map((name, j) => nativeLease(3 * i + j, name)),
    );
    const silentForMs = ({ key }: { key: string }) => (key === shardIdOf(0) ? FAILOVER_MS + 1 : 0);
    expect(keysOf(planLeases(viewOf(leases, { silentForMs })).take)).toEqual([shardIdOf(0)]);
    const theirs = leases.map((lease) =>
      lease.owner === "dead" ? foreignLease(Number(lease.key.slice(-2)), "java") : lease,
    );
    expect(planLeases(viewOf(theirs, { silentForMs }))).toEqual(NOTHING);
  });

  test("in a handoff of KCL 3.x it is the old owner who must have fallen silent", () => {
    const handoff = leaseOf(0, { owner: "new", checkpointOwner: "old" });
    expect(planLeases(viewOf([handoff]))).toEqual(NOTHING);
    const silent = viewOf([handoff], { silentForMs: () => FAILOVER_MS + 1 });
    expect(planLeases(silent).take).toEqual([handoff]);
  });

  test("21 ceil-target: a worker takes its share rounded up, and no more", () => {
    const leases = [
      ...range(3).map((i) => nativeLease(i, "a")),
      ...range(3).map((i) => nativeLease(i + 3, "b")),
      ...range(4).map((i) => leaseOf(i + 6)),
    ];
    expect(planLeases(viewOf(leases)).take).toHaveLength(4);
    expect(planLeases(viewOf([...leases, leaseOf(10), leaseOf(11)])).take).toHaveLength(4);
    expect(
      planLeases(viewOf([...leases, leaseOf(10), leaseOf(11), leaseOf(12)])).take,
    ).toHaveLength(5);
  });

  test("25 very-old-priority: leases available for three failover times go to whoever sees them, whatever the shares", () => {
    const leases = [
      ...range(50).map((i) => leaseOf(i)),
      ...range(9).map((i) => nativeLease(i + 50, `other-${i}`)),
    ];
    const neglected = (ms: number) => ({
      silentForMs: ({ owner }: { owner?: string }) => (owner === undefined ? ms : 0),
    });
    expect(planLeases(viewOf(leases, neglected(3 * FAILOVER_MS))).take).toHaveLength(6);
    expect(planLeases(viewOf(leases, neglected(3 * FAILOVER_MS + 1))).take).toHaveLength(50);
    const capped = { ...neglected(3 * FAILOVER_MS + 1), maxPerWorker: 20 };
    expect(planLeases(viewOf(leases, capped)).take).toHaveLength(20);
  });

  test("only the neglected ones are taken beyond the share, the others next time", () => {
    const leases = [leaseOf(0), leaseOf(1), nativeLease(2, "a")];
    const silentForMs = ({ key }: { key: string }) =>
      key === shardIdOf(0) ? 3 * FAILOVER_MS + 1 : 0;
    expect(keysOf(planLeases(viewOf(leases, { silentForMs })).take)).toEqual([shardIdOf(0)]);
  });

  test("26 max-leases: a worker never has more than it may", () => {
    const five = range(5).map((i) => leaseOf(i));
    expect(planLeases(viewOf(five, { maxPerWorker: 2 })).take).toHaveLength(2);
    const full = [nativeLease(5, "me"), nativeLease(6, "me"), ...five];
    expect(planLeases(viewOf(full, { maxPerWorker: 2 }))).toEqual({ ...NOTHING, spillover: 5 });
    const neglected = { maxPerWorker: 2, silentForMs: () => 4 * FAILOVER_MS };
    expect(planLeases(viewOf(full, neglected)).take).toEqual([]);
  });

  test("which leases are taken is left to chance, so that workers do not go for the same ones", () => {
    const leases = [...range(20).map((i) => leaseOf(i)), nativeLease(20, "a")];
    const seen = new Set(
      range(10).map((draw) => {
        const random = { next: () => (draw * 0.37 + 0.05) % 1, bytes: () => new Uint8Array() };
        return keysOf(planLeases(viewOf(leases, { random })).take).join();
      }),
    );
    expect(seen.size).toBeGreaterThan(3);
  });
});

describe("leases that are ours by the table and not in hand", () => {
  test("20 same-id-restart: are reclaimed, even if they look expired", () => {
    const lease = nativeLease(0, "me");
    const view = viewOf([lease], { held: [], silentForMs: () => 4 * FAILOVER_MS });
    expect(planLeases(view)).toEqual({ ...NOTHING, reclaim: [lease] });
  });

  test("are not reclaimed while a KCL 3.x worker still checkpoints them", () => {
    const lease = leaseOf(0, { owner: "me", nativeOwner: "me", checkpointOwner: "java" });
    expect(planLeases(viewOf([lease], { held: [] }))).toEqual(NOTHING);
  });

  test("are not reclaimed beyond what a worker may have", () => {
    const leases = range(4).map((i) => nativeLease(i, "me"));
    const view = viewOf(leases, { held: [shardIdOf(0)], maxPerWorker: 3 });
    expect(planLeases(view).reclaim).toHaveLength(2);
  });

  test("count as ours when the shares are made", () => {
    const leases = [nativeLease(0, "me"), nativeLease(1, "a"), leaseOf(2), leaseOf(3)];
    expect(planLeases(viewOf(leases, { held: [] })).take).toHaveLength(1);
  });
});

describe("a listing older than what is held", () => {
  test("does not make a worker ask for, or take, what it holds", () => {
    const stale = [leaseOf(0), nativeLease(1, "a"), foreignLease(2, "java")];
    expect(planLeases(viewOf(stale, { held: stale.map(({ key }) => key) }))).toEqual(NOTHING);
  });

  test("does not hide a lease in hand behind a handoff that is over", () => {
    const stale = [leaseOf(0, { owner: "me", checkpointOwner: "java" }), leaseOf(1), leaseOf(2)];
    const view = viewOf([...stale, nativeLease(3, "a")], { held: [shardIdOf(0)] });
    expect(planLeases(view).take).toHaveLength(1);
  });
});

describe("parents and children", () => {
  const child = (fields = {}) =>
    leaseOf(2, { parentShardIds: [shardIdOf(0), shardIdOf(1)], ...fields });

  test("a child is not taken before all its parents are at their end", () => {
    const ended = leaseOf(0, { checkpoint: SHARD_END });
    const other = nativeLease(1, "a");
    expect(planLeases(viewOf([ended, other, child()]))).toEqual(NOTHING);
    const bothEnded = [ended, leaseOf(1, { checkpoint: SHARD_END }), child()];
    expect(planLeases(viewOf(bothEnded)).take).toEqual([child()]);
  });

  test("59 parent-shard-gone: a parent without a lease counts as done", () => {
    expect(planLeases(viewOf([child()])).take).toEqual([child()]);
  });

  test("corrupt-item: a child is not taken while the lease of its parent cannot be read, unless it was begun", () => {
    const kin = (prefix: string) => {
      const child = leaseOf(2, { parentShardIds: [shardIdOf(0)] });
      return { ...child, key: prefix + child.shardId };
    };
    const unreadable = new Set(["1:s:5:", ""].map((prefix) => prefix + shardIdOf(0)));
    for (const prefix of ["", "1:s:5:", "1:other:6:"]) {
      const taken = planLeases(viewOf([kin(prefix)], { unreadable })).take;
      expect(taken).toHaveLength(prefix === "1:other:6:" ? 1 : 0);
      const begun = { ...kin(prefix), checkpoint: positionOf(5) };
      expect(planLeases(viewOf([begun], { unreadable })).take).toHaveLength(1);
    }
  });

  test("a lease of ours that waits for its parents is not reclaimed yet", () => {
    const mine = child({ owner: "me", nativeOwner: "me" });
    expect(planLeases(viewOf([nativeLease(0, "a"), mine], { held: [] })).reclaim).toEqual([]);
  });

  test("leases that cannot be read count for nobody's share", () => {
    const waiting = range(6).map((i) =>
      leaseOf(i + 10, { owner: "a", nativeOwner: "a", parentShardIds: [shardIdOf(0)] }),
    );
    const ended = range(6).map((i) => nativeLease(i + 20, "a", { checkpoint: SHARD_END }));
    expect(planLeases(viewOf([nativeLease(0, "me"), ...waiting, ...ended]))).toEqual(NOTHING);
  });

  test("a lease that has ended is never taken, however long it lies there", () => {
    const ended = leaseOf(0, { checkpoint: SHARD_END });
    expect(planLeases(viewOf([ended], { silentForMs: () => 1e9 }))).toEqual(NOTHING);
  });
});

describe("towards workers of the KCL", () => {
  test("nothing is stolen before the time for it has come, and what nobody has is taken all the same", () => {
    const theirs = range(4).map((i) => foreignLease(i, "java"));
    expect(planLeases(viewOf(theirs, { maySteal: false }))).toEqual(NOTHING);
    const plan = planLeases(viewOf([...theirs, leaseOf(4)], { maySteal: false }));
    expect(keysOf(plan.take)).toEqual([shardIdOf(4)]);
    expect(plan.isStealing).toBe(false);
  });

  test("a worker that may have few leases steals from one that has more than so many, as the KCL does", () => {
    const leases = ["java", "java", "jim", "jim"].map((owner, i) => foreignLease(i, owner));
    expect(planLeases(viewOf(leases, { maxPerWorker: 1 })).take).toHaveLength(1);
    expect(planLeases(viewOf(leases, { maxPerWorker: 1 })).isStealing).toBe(true);
  });

  test("23 steal-one: of four leases exactly one is stolen by the pass of a worker that has none", () => {
    const plan = planLeases(viewOf(range(4).map((i) => foreignLease(i, "java"))));
    expect(plan.take).toHaveLength(1);
    expect(plan.wish).toEqual([]);
  });

  test("23 steal-one: it is stolen from the one that has most, whatever the others have too much of", () => {
    const leases = [
      ...range(8).map((i) => foreignLease(i, "jim")),
      ...range(9).map((i) => foreignLease(8 + i, "java")),
      ...range(8).map((i) => foreignLease(17 + i, "joe")),
    ];
    // Of twenty-five among four the share is seven, rounded up: each of the three has more.
    const owners = range(20).flatMap((seed) => {
      const random = new SeededRandom(seed);
      return planLeases(viewOf(leases, { random })).take.map(({ owner }) => owner);
    });
    expect(owners).toEqual(range(20).map(() => "java"));
  });

  test("24 no-flap: a lease is not stolen from a worker that has only its fair share, for the lack of one", () => {
    const fair = [
      ...range(3).map((i) => foreignLease(i, "java")),
      nativeLease(3, "me"),
      nativeLease(4, "me"),
    ];
    expect(planLeases(viewOf(fair))).toEqual(NOTHING);
    const lackingTwo = [...range(3), 3, 4].map((i) => foreignLease(i, i < 3 ? "java" : "jim"));
    expect(planLeases(viewOf([...lackingTwo, foreignLease(5, "jim")])).take).toHaveLength(1);
  });

  test("a wish on a foreign lease counts for nothing", () => {
    const leases = range(4).map((i) => foreignLease(i, "java", { wantedBy: "me" }));
    expect(planLeases(viewOf(leases)).take).toHaveLength(1);
  });

  test("a worker of ours that lost its lease to one of the KCL is not asked for it", () => {
    const leases = range(4).map((i) => leaseOf(i, { owner: "java", nativeOwner: "a" }));
    const plan = planLeases(viewOf(leases));
    expect(plan.wish).toEqual([]);
    expect(plan.take).toHaveLength(1);
  });

  test("in a handoff of KCL 3.x the lease counts for the old owner", () => {
    const leases = [
      ...range(3).map((i) => leaseOf(i, { owner: "new", checkpointOwner: "old" })),
      nativeLease(3, "me"),
    ];
    // Two workers and four leases: "old" has three, so one is stolen.
    expect(planLeases(viewOf(leases)).take).toHaveLength(1);
  });
});
