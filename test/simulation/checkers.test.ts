// Each checker is shown what it must not let pass.
import type { Lease } from "@shardline/consumer";
import { SHARD_END, type Shard } from "@shardline/core";
import { VirtualClock } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { uselessLeases } from "./checkers/cleaned-up.ts";
import { KeyOrder } from "./checkers/key-order.ts";
import { NoLoss } from "./checkers/no-loss.ts";
import { OneLiveOwner } from "./checkers/one-live-owner.ts";
import { ParentBeforeChild } from "./checkers/parent-before-child.ts";
import { QuietEnd } from "./checkers/quiet-end.ts";
import { entry, landedRecord, lease, show } from "./checkers/shown.ts";
import type { EntryOf } from "./evidence/journal-entry.ts";
import { Lineage } from "./evidence/lineage.ts";
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

const newKeyOrder = (): KeyOrder =>
  new KeyOrder(new StoredRecords(), ({ process }) => process !== "stale");

test("a key's records must first come out in the order in which they were put", () => {
  const checker = newKeyOrder();
  show(checker, delivered(1));
  expect(() => show(checker, delivered(0))).toThrow("a: record 0 came after record 1");
});

test("a repeated record is no matter of order, nor is one that was settled with an error", () => {
  const checker = newKeyOrder();
  show(checker, ...[0, 2, 0, 2, 3].map((number) => delivered(number)));
  show(checker, entry("failed", { record: { key: "a", number: 1 } }), delivered(1));
});

test("what is read by a lease of a stream that was deleted is no matter of order: it is read anew", () => {
  const checker = newKeyOrder();
  show(checker, delivered(2, "shard", "stale"), delivered(1), delivered(2));
  expect(() => show(checker, delivered(0))).toThrow("a: record 0 came after record 2");
});

const child = (shardId: string, ...[parentShardId, adjacentParentShardId]: string[]): Shard => {
  const adjacent = adjacentParentShardId === undefined ? {} : { adjacentParentShardId };
  return {
    shardId,
    startingSequenceNumber: "1",
    ...(parentShardId && { parentShardId }),
    ...adjacent,
  };
};

test("a child is not read before its parents are done, whatever its lease says of them", () => {
  const lineage = new Lineage(() => [child("merged", "done", "open"), child("split", "gone")]);
  const done = lease("done", { checkpoint: SHARD_END });
  const table = leaseOf(lease("merged"), lease("split"), done, lease("open"));
  const checker = new ParentBeforeChild(lineage, table);
  expect(() => show(checker, delivered(0, "merged"))).toThrow("merged is read, open is not done");
  expect(() => show(checker, delivered(0, "split"))).not.toThrow();
});

test("the stream may forget a shard, and its parents are the same all the same", () => {
  let shards = [child("split", "open")];
  const lineage = new Lineage(() => shards);
  expect(lineage.parentIdsOf("split")).toEqual(["open"]);
  shards = [child("later", "split")];
  expect(lineage.parentIdsOf("split")).toEqual(["open"]);
  expect(lineage.parentIdsOf("later")).toEqual(["split"]);
  expect(lineage.parentIdsOf("nobody")).toEqual([]);
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
  const shards = [child("parent"), child("low", "parent"), child("high", "parent")];
  const useless = (...leases: readonly Lease[]): string[] => uselessLeases(leases, shards);
  // What leases say of each other decides nothing.
  const parent = lease("parent", { checkpoint: SHARD_END, childShardIds: ["low"] });
  const begun = { checkpoint: { sequenceNumber: "7", subSequenceNumber: 0 } };
  const ended = { checkpoint: SHARD_END };
  expect(useless(parent, lease("low", begun), lease("high", begun))).toEqual(["parent"]);
  expect(useless(parent, lease("low", begun), lease("high"))).toEqual([]);
  expect(useless(parent, lease("low", begun))).toEqual([]);
  expect(useless(parent, lease("low", ended), lease("high", ended))).toEqual(["parent"]);
  expect(useless(lease("low", ended), lease("high", begun))).toEqual(["low"]);
});
