// How long hash keys may be without a lease.
import type { Lease } from "@shardline/consumer";
import { MAX_HASH_KEY, SHARD_END } from "@shardline/core";
import { expect, test } from "vitest";
import { RunningWorkers } from "../evidence/running-workers.ts";
import { HolesRepaired } from "./holes-repaired.ts";
import { entry, lease, show } from "./shown.ts";

const PACE = { failoverMs: 10_000, maxStaleMs: 0, roundTripMs: 0 };
const REPAIRED_MS = 72_792;
const HIGH = { start: 10n, end: MAX_HASH_KEY };
const low = lease("low", { hashKeyRange: { start: 0n, end: 9n }, owner: "w" });
const high = lease("high", { hashKeyRange: HIGH, owner: "w" });

/** Calm from 5 s on; two leases cover everything. */
function world() {
  const table = new Map<string, Lease>();
  const workers = new RunningWorkers(() => true);
  let nowMs = 0;
  const view = { leases: () => [...table.values()], nowMs: () => nowMs };
  const checker = new HolesRepaired(view, workers, PACE);
  const put = (atMs: number, key: string, after: Lease | undefined): void => {
    const before = table.get(key);
    if (after === undefined) table.delete(key);
    else table.set(key, after);
    show(checker, entry("table", { key, before, after, atMs }));
  };
  const stepTo = (atMs: number): void => {
    for (; nowMs <= atMs; nowMs += 1) if (checker.dueAtMs <= nowMs) checker.look();
  };
  show(workers, entry("life", { atMs: -9000 }), entry("phase"));
  put(0, "low", low);
  put(0, "high", high);
  return { put, stepTo };
}

test("a hole that somebody leaves is repaired after two looks of the leader", () => {
  for (const how of [undefined, { ...high, checkpoint: SHARD_END }]) {
    const { put, stepTo } = world();
    put(20_000, "high", how);
    stepTo(20_000 + REPAIRED_MS - 1);
    expect(() => stepTo(20_001 + REPAIRED_MS)).toThrow("nobody has been to read 10 to");
  }
});

test("one that is repaired a moment too late is seen, though nobody has looked meanwhile", () => {
  const { put } = world();
  put(20_000, "high", undefined);
  expect(() => put(20_001 + REPAIRED_MS, "high", high)).toThrow("for 73 s");
  const inTime = world();
  inTime.put(20_000, "high", undefined);
  inTime.put(19_999 + REPAIRED_MS, "high", high);
  inTime.stepTo(200_000);
});

test("another leader begins anew, a renewal makes none", () => {
  const { put, stepTo } = world();
  put(20_000, "high", undefined);
  put(30_000, "low", { ...low, owner: "v" });
  put(40_000, "low", { ...low, owner: "v", counter: 1 });
  stepTo(30_000 + REPAIRED_MS - 1);
  expect(() => stepTo(30_001 + REPAIRED_MS)).toThrow("for 83 s");
});
