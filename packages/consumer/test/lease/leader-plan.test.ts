import { describe, expect, test } from "vitest";
import { leads, shuffledAsInJava } from "../../src/lease/leader-plan.ts";
import { leaseOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";

describe("27 shuffle-parity: owners a, b, c, … are shuffled as the KCL shuffles them", () => {
  test.each([
    [1, "a"],
    [2, "ab"],
    [3, "cab"],
    [4, "dabc"],
    [5, "eacbd"],
    [8, "cdagehbf"],
    [10, "ifbgjecahd"],
  ])("%i of them", (count, expected) => {
    expect(shuffledAsInJava("abcdefghij".slice(0, count).split("")).join("")).toBe(expected);
  });
});

test("a shuffle loses nobody, however many there are", () => {
  const owners = range(300).map((i) => `worker-${i}`);
  const shuffled = shuffledAsInJava(owners);
  expect(shuffled).not.toEqual(owners);
  expect([...shuffled].sort()).toEqual([...owners].sort());
});

test("one of the owners leads, whichever lease is listed first", () => {
  const leases = "cabca".split("").map((owner, i) => leaseOf(i, { owner }));
  const leaders = (listed: typeof leases) => "abcd".split("").filter((one) => leads(one, listed));
  expect(leaders(leases)).toEqual(["c"]);
  expect(leaders([...leases].reverse())).toEqual(["c"]);
});

test("everybody leads while nobody has a lease", () => {
  expect([[], [leaseOf(0)]].map((leases) => leads("a", leases))).toEqual([true, true]);
});
