// What a worker of ours asks of others of ours.
import { shuffled } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { planLeases } from "../../src/lease/lease-plan.ts";
import { foreignLease, leaseOf, nativeLease, shardIdOf } from "../support/leases.ts";
import { keysOf, range, viewOf } from "../support/lease-views.ts";

const NOTHING = { reclaim: [], take: [], wish: [], isStealing: false, spillover: 0 };

test("the richest is asked for half of the difference, and nothing is stolen", () => {
  const leases = range(6).map((i) => nativeLease(i, "a"));
  const plan = planLeases(viewOf(leases));
  expect(plan).toMatchObject({ reclaim: [], take: [] });
  expect(plan.wish).toHaveLength(3);
});

test("what others have above their share is asked for, of all of them and no more than that", () => {
  const leases = [
    ...range(9).map((i) => nativeLease(i, "a")),
    ...range(8).map((i) => nativeLease(9 + i, "b")),
    ...range(3).map((i) => nativeLease(17 + i, "c")),
  ];
  // Of twenty five each: four and three above it. Whoever asks the richest alone for half of the difference, as many
  // workers do that start together, leaves it with the least.
  const { wish } = planLeases(viewOf(leases));
  expect(wish).toHaveLength(5);
  const askedOf = (owner: string): number => wish.filter((lease) => lease.owner === owner).length;
  expect([askedOf("a") <= 4, askedOf("b") <= 3, askedOf("c")]).toEqual([true, true, 0]);
  expect(askedOf("a") + askedOf("b")).toBe(5);
});

test("workers that look at the same moment ask together for all that others have too much, and for nothing twice", () => {
  const leases = range(9).map((i) => nativeLease(i, "a"));
  const newcomers = ["b", "c", "d"].map((owner, i) => nativeLease(9 + i, owner));
  for (const seed of range(20)) {
    // Of twelve three each: six above it, of which each newcomer lacks two.
    const wishes = ["b", "c", "d"].flatMap((worker, i) => {
      const random = new SeededRandom(10 * seed + i);
      // No two listings of a table need be in the same order.
      const listing = shuffled([...leases, ...newcomers], random);
      return keysOf(planLeases(viewOf(listing, { worker, random })).wish);
    });
    expect(wishes.sort()).toEqual(range(6).map(shardIdOf));
  }
});

test("where they have too little for all that lack something, everybody asks for a part of it", () => {
  const leases = [
    ...range(10).map((i) => nativeLease(i, "a")),
    ...["b", "c", "d"].map((owner, i) => nativeLease(10 + i, owner)),
  ];
  // Of thirteen among four the share is four, rounded up: six above it, and three are lacking three each.
  const wishes = ["b", "c", "d"].map((worker) => planLeases(viewOf(leases, { worker })).wish);
  expect(wishes.map(({ length }) => length)).toEqual([2, 2, 2]);
  expect(wishes.flatMap(keysOf).sort()).toEqual(range(6).map(shardIdOf));
});

test("a worker of the KCL, which asks nobody, has no part in that", () => {
  const leases = [
    ...range(10).map((i) => nativeLease(i, "a")),
    foreignLease(10, "bill"),
    ...["b", "c", "d"].map((owner, i) => nativeLease(11 + i, owner)),
  ];
  // Of fourteen among five the share is three: seven above it.
  const wishes = ["b", "c", "d"].map((worker) => planLeases(viewOf(leases, { worker })).wish);
  expect(new Set(wishes.flatMap(keysOf)).size).toBe(6);
});

test("who finds its part empty asks all the same: the others may not be allowed what they lack", () => {
  const leases = ["a", "a", "a", "a", "b", "b", "c"].map((owner, i) => nativeLease(i, owner));
  // Of seven among three the share is three: a single one above it, of which c lacks more.
  for (const worker of ["b", "c"]) {
    expect(keysOf(planLeases(viewOf(leases, { worker })).wish)).toEqual([shardIdOf(0)]);
  }
});

test("where nobody has more than his share, those that have most are left with no less than the others", () => {
  const rich = ["a", "b", "c", "d"].flatMap((owner, of) =>
    range(3).map((i) => nativeLease(3 * of + i, owner)),
  );
  const leases = [...rich, nativeLease(12, "e")];
  for (const seed of range(20)) {
    // Of thirteen among six the share is three, rounded up, and two are the least.
    const wishes = ["e", "f"].map((worker, i) => {
      const random = new SeededRandom(10 * seed + i);
      return planLeases(viewOf(shuffled(leases, random), { worker, random })).wish;
    });
    expect(wishes.map(({ length }) => length)).toEqual([1, 2]);
    const asked = new Set(wishes.flat().map(({ key }) => key));
    for (const owner of ["a", "b", "c", "d"]) {
      const of = rich.filter((lease) => lease.owner === owner && asked.has(lease.key));
      expect(of.length).toBeLessThanOrEqual(1);
    }
  }
});

test("what they have too much of is asked for, though a worker of the KCL has more", () => {
  const leases = [
    ...range(9).map((i) => foreignLease(i, "java")),
    ...range(7).map((i) => nativeLease(9 + i, "a")),
    nativeLease(16, "b"),
  ];
  const plan = planLeases(viewOf(leases));
  expect(keysOf(plan.wish)).toEqual([shardIdOf(9), shardIdOf(10)]);
  expect(plan.take).toEqual([]);
});

test("nobody is asked who has his share and no more, while a worker of the KCL has too much", () => {
  const leases = [
    ...range(9).map((i) => foreignLease(i, "java")),
    ...range(5).map((i) => nativeLease(9 + i, "a")),
  ];
  const plan = planLeases(viewOf(leases));
  expect(plan.wish).toEqual([]);
  expect(plan.take).toHaveLength(1);
  expect(planLeases(viewOf(leases, { maySteal: false })).wish).toEqual([]);
});

test("where nobody has more than his share, one of the richest gives", () => {
  const leases = [
    ...range(3).map((i) => nativeLease(i, "a")),
    ...range(3).map((i) => nativeLease(3 + i, "b")),
    nativeLease(6, "me"),
  ];
  // Of seven among three the share is three, rounded up.
  expect(planLeases(viewOf(leases)).wish).toHaveLength(1);
});

test("24 no-flap: nobody is asked where that would only swap the roles", () => {
  const leases = [
    ...range(3).map((i) => nativeLease(i, "a")),
    nativeLease(3, "me"),
    nativeLease(4, "me"),
  ];
  expect(planLeases(viewOf(leases))).toEqual(NOTHING);
});

test("a wish counts as granted, so that the same lease is not asked for twice", () => {
  const leases = [
    ...range(2).map((i) => nativeLease(i, "a")),
    ...range(2).map((i) => nativeLease(i + 2, "a", { wantedBy: "me" })),
  ];
  expect(planLeases(viewOf(leases))).toEqual(NOTHING);
  const othersWish = leases.map((lease) => (lease.wantedBy ? { ...lease, wantedBy: "b" } : lease));
  const more = [...othersWish, nativeLease(4, "a"), nativeLease(5, "a")];
  const notAskedFor = [0, 1, 4, 5].map(shardIdOf);
  const { wish } = planLeases(viewOf(more));
  expect(wish).toHaveLength(2);
  expect(notAskedFor).toEqual(expect.arrayContaining(keysOf(wish)));
});

test("a lease that another one has asked for already is left to that wish", () => {
  const leases = range(4).map((i) => nativeLease(i, "b", { wantedBy: "a" }));
  expect(planLeases(viewOf(leases))).toEqual(NOTHING);
});

test("a worker asks for no more than it may have", () => {
  const leases = range(8).map((i) => nativeLease(i, "a"));
  expect(planLeases(viewOf(leases, { maxPerWorker: 1 })).wish).toHaveLength(1);
});

test("22 more-workers: whoever finds a lease for each of the others takes none", () => {
  const leases = [nativeLease(0, "a"), nativeLease(1, "b")];
  expect(planLeases(viewOf(leases))).toEqual(NOTHING);
});

test("what is available comes first, and nobody is asked in the same pass", () => {
  const leases = [...range(6).map((i) => nativeLease(i, "a")), leaseOf(6)];
  const plan = planLeases(viewOf(leases));
  expect(keysOf(plan.take)).toEqual([shardIdOf(6)]);
  expect(plan.wish).toEqual([]);
});
