import { SHARD_END } from "@shardline/core";
import { expect, test } from "vitest";
import { actualOwner, isEnded, isForeign } from "../../src/lease/lease.ts";
import { foreignLease, leaseOf, nativeLease, positionOf } from "../support/leases.ts";

test("a lease has ended when its checkpoint is SHARD_END, whatever the subsequence number", () => {
  expect(isEnded(leaseOf(0, { checkpoint: SHARD_END }))).toBe(true);
  expect(isEnded(leaseOf(0, { checkpoint: positionOf("SHARD_END", 3) }))).toBe(true);
  expect(isEnded(leaseOf(0, { checkpoint: positionOf(7) }))).toBe(false);
  expect(isEnded(leaseOf(0))).toBe(false);
});

test("in a handoff of KCL 3.x the old owner still reads", () => {
  expect(actualOwner(leaseOf(0, { owner: "new", checkpointOwner: "old" }))).toBe("old");
  expect(actualOwner(leaseOf(0, { owner: "new" }))).toBe("new");
  expect(actualOwner(leaseOf(0))).toBeUndefined();
});

test("an owner is foreign unless it wrote that it is one of ours", () => {
  expect(isForeign(foreignLease(0, "java"))).toBe(true);
  expect(isForeign(nativeLease(0, "a"))).toBe(false);
  // A worker of the KCL took what was ours: it leaves our attribute alone.
  expect(isForeign(leaseOf(0, { owner: "java", nativeOwner: "a" }))).toBe(true);
  expect(isForeign(leaseOf(0))).toBe(false);
});
