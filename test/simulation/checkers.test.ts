// Each checker is shown what it must not let pass.
import type { Lease } from "@shardline/consumer";
import { MAX_HASH_KEY, SHARD_END, sentinelPosition } from "@shardline/core";
import { VirtualClock } from "@shardline/core/testing";
import { describe, expect, test } from "vitest";
import { uselessLeases } from "./checkers/cleaned-up.ts";
import { Coverage } from "./checkers/coverage.ts";
import { KeyOrder } from "./checkers/key-order.ts";
import { NoLoss } from "./checkers/no-loss.ts";
import { OneLiveOwner } from "./checkers/one-live-owner.ts";
import { ParentBeforeChild } from "./checkers/parent-before-child.ts";
import { QuietEnd } from "./checkers/quiet-end.ts";
import type { TimedEntry } from "./journal.ts";

const put = (key: string, number: number): TimedEntry => ({
  kind: "put",
  record: { key, number },
  atMs: 0,
});
const stored = (key: string, number: number): TimedEntry => ({
  kind: "stored",
  record: { key, number },
  shardId: "shard",
  atMs: 0,
});
const delivered = (key: string, number: number, shardId = "shard", worker = "w"): TimedEntry => ({
  kind: "delivered",
  record: { key, number },
  shardId,
  worker,
  atMs: 0,
});

function lease(shardId: string, fields: Partial<Lease> = {}): Lease {
  return {
    key: shardId,
    shardId,
    counter: 0,
    ownerSwitches: 0,
    checkpoint: sentinelPosition("TRIM_HORIZON"),
    parentShardIds: [],
    childShardIds: [],
    epoch: 0,
    ...fields,
  };
}

function leaseOf(...leases: readonly Lease[]): (shardId: string) => Lease | undefined {
  return (shardId) => leases.find((one) => one.shardId === shardId);
}

test("a stored record that never comes out is a loss", () => {
  const checker = new NoLoss();
  for (const entry of [stored("a", 0), stored("a", 1), delivered("a", 1)]) checker.see(entry);
  expect(checker.outstanding).toBe(1);
  expect(() => checker.atEnd()).toThrow(
    'no loss: {"key":"a","number":0} was stored, never delivered',
  );
});

test("a record may come out before its receipt", () => {
  const checker = new NoLoss();
  for (const entry of [delivered("a", 0), stored("a", 0)]) checker.see(entry);
  expect(() => checker.atEnd()).not.toThrow();
});

test("a key's records must first come out in the order in which they were put", () => {
  const checker = new KeyOrder();
  for (const entry of [delivered("a", 1), delivered("b", 0)]) checker.see(entry);
  expect(() => checker.see(delivered("a", 0))).toThrow("a: record 0 came after record 1");
});

test("a repeated record is no matter of order", () => {
  const checker = new KeyOrder();
  for (const number of [0, 1, 0, 1, 2]) checker.see(delivered("a", number));
});

test("a child is not read before its parents are done", () => {
  const child = lease("child", { parentShardIds: ["done", "gone", "open"] });
  const done = lease("done", { checkpoint: SHARD_END });
  const checker = new ParentBeforeChild(leaseOf(child, done, lease("open")));
  expect(() => checker.see(delivered("a", 0, "child"))).toThrow("child is read, open is not done");
});

test("only a lease's owner delivers", () => {
  const checker = new OneLiveOwner(leaseOf(lease("shard", { owner: "v" }), lease("free")));
  expect(() => checker.see(delivered("a", 0, "shard", "w"))).toThrow("whose owner is v");
  expect(() => checker.see(delivered("a", 0, "free", "w"))).toThrow("whose owner is nobody");
  expect(() => checker.see(delivered("a", 0, "shard", "v"))).not.toThrow();
});

test("nothing may be left in the end: no timer, no put, no owner", () => {
  const clock = new VirtualClock();
  const timer = clock.startTimer(1, () => undefined);
  expect(() => new QuietEnd(clock, () => []).atEnd()).toThrow("1 timers are left");
  timer[Symbol.dispose]();
  const unsettled = new QuietEnd(clock, () => []);
  unsettled.see(put("a", 0));
  expect(() => unsettled.atEnd()).toThrow("1 puts are not settled");
  unsettled.see(stored("a", 0));
  expect(() => unsettled.atEnd()).not.toThrow();
  const owned = new QuietEnd(clock, () => [lease("shard", { owner: "w" })]);
  expect(() => owned.atEnd()).toThrow("shard is still owned by w");
});

describe("leases cover the stream:", () => {
  const look: TimedEntry = { kind: "lease", what: "leaseTaken", worker: "w", fields: {}, atMs: 0 };
  const low = lease("low", { hashKeyRange: { start: 0n, end: 9n } });
  const high = lease("high", { hashKeyRange: { start: 10n, end: MAX_HASH_KEY } });
  const whole = lease("whole", { hashKeyRange: { start: 0n, end: MAX_HASH_KEY } });
  const ended = { checkpoint: SHARD_END, childShardIds: ["low", "high"] };

  test.each<[string, readonly Lease[], string]>([
    [
      "a lease that goes before its end",
      [{ ...whole, key: "other" }],
      "whole is gone before its end",
    ],
    ["an end without a child's lease", [{ ...whole, ...ended }, low], "read hash key 10"],
    [
      "a child's lease that goes before its parent's",
      [{ ...whole, ...ended }, low, { ...high, key: "other" }],
      "whole has ended, high has no lease",
    ],
  ])("%s is seen", (_, then, problem) => {
    let leases: readonly Lease[] = [low];
    const checker = new Coverage(() => leases);
    // Before the application has all its leases, holes mean nothing.
    checker.see(look);
    leases = [whole];
    checker.see(look);
    leases = then;
    expect(() => checker.see(look)).toThrow(problem);
  });

  test("a reshard and a clean-up in order are fine", () => {
    let leases: readonly Lease[] = [];
    const checker = new Coverage(() => leases);
    const states = [
      [whole],
      [whole, low],
      [whole, low, high],
      [{ ...whole, ...ended }, low, high],
      [low, high],
    ];
    for (const state of states) {
      leases = state;
      checker.see(look);
    }
  });
});

test("useless are the oldest ended leases whose children have begun", () => {
  const parent = lease("parent", { checkpoint: SHARD_END, childShardIds: ["child"] });
  const begun = { sequenceNumber: "7", subSequenceNumber: 0 };
  const child = lease("child", { parentShardIds: ["parent"], checkpoint: begun });
  expect(uselessLeases([parent, child])).toEqual(["parent"]);
  expect(uselessLeases([parent, lease("child", { parentShardIds: ["parent"] })])).toEqual([]);
  const endedChild = { ...child, checkpoint: SHARD_END };
  expect(uselessLeases([parent, endedChild])).toEqual(["parent"]);
  expect(uselessLeases([endedChild])).toEqual(["child"]);
});
