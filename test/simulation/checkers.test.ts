// Each checker is shown what it must not let pass.
import type { Lease } from "@shardline/consumer";
import { SHARD_END } from "@shardline/core";
import { VirtualClock } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { uselessLeases } from "./checkers/cleaned-up.ts";
import { KeyOrder } from "./checkers/key-order.ts";
import { NoLoss } from "./checkers/no-loss.ts";
import { OneLiveOwner } from "./checkers/one-live-owner.ts";
import { ParentBeforeChild } from "./checkers/parent-before-child.ts";
import { QuietEnd } from "./checkers/quiet-end.ts";
import { entry, landedRecord, lease, show } from "./checkers/shown.ts";
import type { EntryOf } from "./evidence/journal.ts";
import { StoredRecords } from "./evidence/stored-records.ts";

const delivered = (number: number, shardId = "shard", process = "w"): EntryOf<"delivered"> =>
  entry("delivered", { record: { key: "a", number }, shardId, process });

function leaseOf(...leases: readonly Lease[]): (shardId: string) => Lease | undefined {
  return (shardId) => leases.find((one) => one.shardId === shardId);
}

test("a stored record that nobody handles is a loss", () => {
  const stored = new StoredRecords();
  const records = [landedRecord(0), landedRecord(1, 1)];
  const first = [{ sequenceNumber: "1", subSequenceNumber: 0 }];
  show(stored, entry("landed", { records }), entry("handled", { positions: first }));
  expect(stored.unhandled).toBe(1);
  expect(() => new NoLoss(stored).atEnd()).toThrow(
    "no loss: a/1 is stored on shard at 1, and was never handled",
  );
  show(stored, entry("handled", { positions: [{ sequenceNumber: "1", subSequenceNumber: 1 }] }));
  expect(() => new NoLoss(stored).atEnd()).not.toThrow();
});

test("what is stored on a shard that it does not belong to is not missed", () => {
  const stored = new StoredRecords();
  show(stored, entry("landed", { records: [{ ...landedRecord(0), isInRange: false }] }));
  expect(() => new NoLoss(stored).atEnd()).not.toThrow();
});

test("a key's records must first come out in the order in which they were put", () => {
  const checker = new KeyOrder();
  show(checker, delivered(1));
  expect(() => show(checker, delivered(0))).toThrow("a: record 0 came after record 1");
});

test("a repeated record is no matter of order, nor is one that was settled with an error", () => {
  const checker = new KeyOrder();
  show(checker, ...[0, 2, 0, 2, 3].map((number) => delivered(number)));
  show(checker, entry("failed", { record: { key: "a", number: 1 } }), delivered(1));
});

test("a child is not read before its parents are done", () => {
  const child = lease("child", { parentShardIds: ["done", "gone", "open"] });
  const done = lease("done", { checkpoint: SHARD_END });
  const checker = new ParentBeforeChild(leaseOf(child, done, lease("open")));
  expect(() => show(checker, delivered(0, "child"))).toThrow("child is read, open is not done");
});

test("only a lease's owner delivers, in its present epoch", () => {
  const leases = leaseOf(lease("shard", { owner: "v", epoch: 1 }), lease("free"));
  const checker = new OneLiveOwner(leases);
  expect(() => show(checker, delivered(0, "shard", "w"))).toThrow("whose owner is v");
  expect(() => show(checker, delivered(0, "free", "w"))).toThrow("whose owner is nobody");
  expect(() => show(checker, delivered(0, "shard", "v"))).not.toThrow();
  const earlier = { ...delivered(0, "shard", "v"), epoch: 0 };
  expect(() => show(checker, earlier)).toThrow("in epoch 0, whose owner is v in epoch 1");
});

test("whoever was robbed by the KCL may not know yet, whoever gave it up does", () => {
  let now = lease("shard", { owner: "w", epoch: 1 });
  const checker = new OneLiveOwner(() => now);
  const write = (process: string, owner: string | undefined, epoch: number): void => {
    const before = now;
    now = lease("shard", owner === undefined ? { epoch } : { owner, epoch });
    show(checker, entry("table", { process, before, after: now }));
  };
  const deliver = (process: string, epoch: number) => () =>
    show(checker, { ...delivered(0, "shard", process), epoch });
  write("kcl-1", "kcl-1", 1);
  expect(deliver("w", 1)).not.toThrow();
  expect(deliver("kcl-1", 1)).not.toThrow();
  write("v", "v", 2);
  expect(deliver("w", 2)).toThrow("w delivers from shard in epoch 2, whose owner is v in epoch 2");
  write("v", undefined, 2);
  write("kcl-1", "kcl-1", 2);
  expect(deliver("v", 2)).toThrow("v delivers from shard in epoch 2, whose owner is kcl-1");
});

test("nothing may be left in the end: no timer, no owner", () => {
  const clock = new VirtualClock();
  const timer = clock.startTimer(1, () => undefined);
  expect(() => new QuietEnd(clock, () => []).atEnd()).toThrow("1 timers are left");
  timer[Symbol.dispose]();
  expect(() => new QuietEnd(clock, () => []).atEnd()).not.toThrow();
  const owned = new QuietEnd(clock, () => [lease("shard", { owner: "w" })]);
  expect(() => owned.atEnd()).toThrow("shard is still owned by w");
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
