// What each checker of the coming and going of leases must not let pass, and what it must.
import type { Lease } from "@shardline/consumer";
import { MAX_HASH_KEY, SHARD_END, type Shard, sentinelPosition } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { Checker } from "../evidence/journal.ts";
import type { EntryOf, TimedEntry } from "../evidence/journal-entry.ts";
import { Handling } from "../evidence/handling.ts";
import { Lineage } from "../evidence/lineage.ts";
import { SideBySide } from "../evidence/side-by-side.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { ChildStart } from "./child-start.ts";
import { ChildrenBeforeEnd } from "./children-before-end.ts";
import { Coverage } from "./coverage.ts";
import { CreatedAndDeleted } from "./created-and-deleted.ts";
import { FailedCheckpoint } from "./failed-checkpoint.ts";
import { entry, landedRecord, lease, show } from "./shown.ts";

const at = (number: number): Lease["checkpoint"] => {
  return { sequenceNumber: String(number), subSequenceNumber: 0 };
};

/** A stream in which "parent" was split into "low" and "high". */
const SPLIT: readonly Shard[] = [
  { shardId: "parent", startingSequenceNumber: "1", endingSequenceNumber: "9" },
  { shardId: "low", startingSequenceNumber: "10", parentShardId: "parent" },
  { shardId: "high", startingSequenceNumber: "10", parentShardId: "parent" },
];
const WHOLE = { start: 0n, end: MAX_HASH_KEY };
const LOW = { start: 0n, end: 9n };
const HIGH = { start: 10n, end: MAX_HASH_KEY };
const CHILD = { parentShardIds: ["parent"] };
const open = lease("parent", { hashKeyRange: WHOLE });
const ended = lease("parent", { checkpoint: SHARD_END, childShardIds: ["low", "high"] });
const low = lease("low", { ...CHILD, hashKeyRange: LOW });
const high = lease("high", { ...CHILD, hashKeyRange: HIGH });

/** A table as a checker finds it: writes are shown after they took effect. */
class Table {
  readonly #leases = new Map<string, Lease>();
  readonly leases = (): readonly Lease[] => [...this.#leases.values()];
  readonly leaseOf = (shardId: string): Lease | undefined => this.#leases.get(shardId);

  constructor(...leases: readonly Lease[]) {
    for (const one of leases) this.#leases.set(one.key, one);
  }

  put(checker: Checker, ...leases: readonly Lease[]): void {
    for (const after of leases) {
      const before = this.#leases.get(after.key);
      this.#leases.set(after.key, after);
      const isCreation = before === undefined;
      show(checker, entry("table", { key: after.key, before, after, isCreation }));
    }
  }

  delete(checker: Checker, key: string): void {
    const before = this.#leases.get(key);
    this.#leases.delete(key);
    show(checker, entry("table", { key, before }));
  }
}

describe("leases cover the stream:", () => {
  test("a hole that an end or a deletion leaves is seen", () => {
    const table = new Table();
    const checker = new Coverage(table.leases);
    table.put(checker, open, low);
    expect(() => table.put(checker, ended)).toThrow("nobody is to read 10 to");
    const other = new Table();
    const another = new Coverage(other.leases);
    other.put(another, low, high);
    expect(() => other.delete(another, "low")).toThrow("nobody is to read 0 to 9 since w deleted");
  });

  test("an application that never began is seen", () => {
    const table = new Table();
    const checker = new Coverage(table.leases);
    table.put(checker, high);
    expect(() => checker.atEnd()).toThrow("nobody is to read 0 to 9 ever");
    table.put(checker, low);
    expect(() => checker.atEnd()).not.toThrow();
  });

  test("a reshard and a clean-up in order are fine", () => {
    const table = new Table();
    const checker = new Coverage(table.leases);
    table.put(checker, open, low, high, ended);
    table.delete(checker, "parent");
    expect(() => checker.atEnd()).not.toThrow();
  });
});

describe("the end of a shard", () => {
  const endWith = (shards: readonly Shard[], end: Lease, ...others: readonly Lease[]) => {
    const table = new Table(open, ...others);
    return () => table.put(new ChildrenBeforeEnd(() => shards, table.leaseOf), end);
  };

  test("needs the leases of all its children, which know it and are named", () => {
    expect(endWith(SPLIT, ended, low)).toThrow("w ends parent, high has no lease");
    const stray = lease("high", { parentShardIds: [] });
    expect(endWith(SPLIT, ended, low, stray)).toThrow("high does not know its parent parent");
    const silent = { ...ended, childShardIds: ["low"] };
    expect(endWith(SPLIT, silent, low, high)).toThrow("high is not named");
    expect(endWith(SPLIT, ended, low, high)).not.toThrow();
  });

  test("is not that of a shard that is open", () => {
    const { endingSequenceNumber: _, ...stillOpen } = SPLIT[0] as Shard;
    expect(endWith([stillOpen], ended)).toThrow("w ends parent, which is open");
  });
});

describe("a child", () => {
  const latest = sentinelPosition("LATEST");
  const newChecker = (): Checker => new ChildStart(new Lineage(() => SPLIT));

  test("does not begin at LATEST, also where the lease of its parent is gone", () => {
    const table = new Table();
    const checker = newChecker();
    table.put(checker, open);
    table.delete(checker, "parent");
    expect(() => table.put(checker, { ...low, checkpoint: latest })).toThrow(
      "w lets low, which follows on parent, begin at LATEST",
    );
  });

  test("knows the parents that it has in the stream", () => {
    const orphan = lease("low", { hashKeyRange: LOW, checkpoint: latest });
    expect(() => new Table().put(newChecker(), orphan)).toThrow(
      "w creates low, which does not know its parent parent",
    );
  });

  test("begins at its first record; who has no parent here begins anywhere", () => {
    const table = new Table();
    const checker = newChecker();
    table.put(checker, { ...low, checkpoint: latest });
    table.put(checker, open, high);
    expect(table.leaseOf("high")).toBe(high);
  });
});

describe("a lease", () => {
  const checkerOf = (table: Table): Checker => new CreatedAndDeleted(() => SPLIT, table.leaseOf);
  const begun = { checkpoint: at(11) };

  test("is created new, where there is none", () => {
    const checker = checkerOf(new Table());
    const over = entry("table", { before: low, after: low, isCreation: true });
    expect(() => show(checker, over)).toThrow("which is there");
    const owned = { ...low, owner: "v" };
    expect(() => new Table().put(checker, owned)).toThrow("as a lease of v");
    expect(() => new Table().put(checker, ended)).toThrow("as a lease that was read");
    expect(() => new Table().put(checker, low)).not.toThrow();
  });

  test("that was deleted is not created again, unless by the KCL", () => {
    const checker = checkerOf(new Table());
    const table = new Table(ended, { ...low, ...begun }, { ...high, ...begun });
    const whole: Checker = new CreatedAndDeleted(() => SPLIT, table.leaseOf);
    table.delete(whole, "parent");
    expect(() => table.put(whole, open)).toThrow("which was read and deleted");
    expect(() => table.put(checker, open)).not.toThrow();
  });

  test.each<[string, readonly Lease[], string]>([
    ["parent", [open, low, high], "which is not read to its end"],
    ["parent", [ended, { ...low, ...begun }, high], "of whose child high nothing is read"],
    ["parent", [ended, { ...low, ...begun }], "of whose child high nothing is read"],
    ["low", [ended, { ...low, checkpoint: SHARD_END }], "whose parent parent is still there"],
  ])("that is still needed is not deleted: %#", (key, leases, problem) => {
    const table = new Table(...leases);
    expect(() => table.delete(checkerOf(table), key)).toThrow(problem);
  });

  test("that nobody needs is deleted, and one of a shard that the stream has forgotten", () => {
    const table = new Table(ended, { ...low, ...begun }, { ...high, ...begun }, lease("old"));
    const checker = checkerOf(table);
    table.delete(checker, "parent");
    table.delete(checker, "old");
    expect(table.leases()).toHaveLength(2);
  });
});

describe("a checkpoint that was asked for", () => {
  const settled = (outcome: string, number = 7, epoch = 1): EntryOf<"checkpoint"> =>
    entry("checkpoint", { outcome, position: at(number), epoch });
  const sent = (number: number | undefined, epoch?: number): EntryOf<"asked"> => {
    const checkpoint = number === undefined ? {} : { checkpoint: at(number) };
    const patch = { ...checkpoint, ...(epoch === undefined ? {} : { epoch }) };
    return entry("asked", { move: { expect: {}, patch } });
  };
  const idle = new SideBySide(new StoredRecords(), new Handling(1000));
  const manual = (): Checker => new FailedCheckpoint("manual", () => undefined, idle);

  test("and is told as written stands in the table", () => {
    const held = lease("shard", { checkpoint: at(6) });
    const checker = new FailedCheckpoint("auto", () => held, idle);
    expect(() => show(checker, settled("written"))).toThrow("at 7#0, and it is at 6#0");
    expect(() => show(checker, settled("written", 6))).not.toThrow();
    expect(() => show(checker, { ...settled("written"), isAtMost: true })).not.toThrow();
  });

  test("and names no place stands at least where all was done before it was asked for", () => {
    const place = (subSequenceNumber: number) => ({ sequenceNumber: "1", subSequenceNumber });
    const take = (call: number): EntryOf<"delivered"> =>
      entry("delivered", { call, position: place(call) });
    const done = (call: number, atMs: number): readonly TimedEntry[] => [
      entry("handled", { positions: [place(call)], atMs }),
      entry("left", { call, atMs }),
    ];
    const showAll = (upTo: number, ...entries: readonly TimedEntry[]): void => {
      const stored = new StoredRecords();
      show(stored, entry("landed", { records: [0, 1, 2].map((n) => landedRecord(n, n)) }));
      const sideBySide = new SideBySide(stored, new Handling(1000));
      const held = lease("shard", { checkpoint: place(upTo) });
      const checker = new FailedCheckpoint("manual", () => held, sideBySide);
      const shared = { position: place(2), isAtMost: true };
      const asked = entry("checkpoint", { ...shared, outcome: "asked", atMs: 5 });
      const written = entry("checkpoint", { ...shared, outcome: "written", atMs: 9 });
      for (const one of [...entries, asked, written]) {
        show(sideBySide, one);
        show(checker, one);
      }
    };
    const taken = [take(0), take(1), take(2)];
    const two = [...taken, ...done(0, 1), ...done(1, 2)];
    expect(() => showAll(0, ...two)).toThrow("w is told that shard is at 1#1, and it is at 1#0");
    showAll(1, ...two);
    showAll(0, ...taken, ...done(0, 1), ...done(2, 2));
    showAll(0, ...taken, ...done(0, 1), ...done(1, 5));
    showAll(0, ...taken, ...done(0, 1), entry("handled", { positions: [place(1)], atMs: 2 }));
  });

  test.each(["LEASE_LOST", "API_CALL_FAILED"])(
    "and failed with %s is not written later",
    (code) => {
      const checker = manual();
      show(checker, settled("asked"), settled(code), settled(code, 9), sent(6));
      expect(() => show(checker, sent(7))).toThrow("w writes shard at 7#0, and 7#0 had failed");
    },
  );

  test("and failed under a lease that was deleted may be written under the next one of its epoch", () => {
    const turn = (what: string, epoch?: number): EntryOf<"lease"> =>
      entry("lease", { what, fields: { shardId: "shard", epoch } });
    const again = manual();
    show(again, turn("leaseTaken", 1), turn("leaseLost"), turn("leaseTaken", 1));
    show(again, settled("LEASE_LOST"), sent(7));
    expect(() => show(again, settled("API_CALL_FAILED"), sent(7))).toThrow("had failed");
    const unseen = manual();
    show(unseen, turn("leaseLost"), turn("leaseTaken", 1), settled("LEASE_LOST"), sent(7));
    const next = manual();
    show(next, turn("leaseTaken", 1), turn("leaseLost"), turn("leaseTaken", 2));
    expect(() => show(next, settled("LEASE_LOST"), sent(7))).toThrow("had failed");
  });

  test("and failed may be written with a later one that was asked for as well, until that fails too", () => {
    const checker = manual();
    show(checker, settled("asked"), settled("asked", 9), settled("API_CALL_FAILED"), sent(9));
    show(checker, settled("API_CALL_FAILED", 9));
    expect(() => show(checker, sent(7))).toThrow("w writes shard at 7#0, and 7#0 had failed");
    const other = manual();
    show(other, settled("asked"), settled("asked", 9), settled("API_CALL_FAILED"));
    expect(() => show(other, sent(10))).toThrow("w writes shard at 10#0");
  });

  test("may be asked for again, by this lease or by the next one", () => {
    show(manual(), settled("LEASE_LOST"), settled("asked", 8), sent(8), settled("written", 8));
    show(manual(), settled("LEASE_LOST"), sent(undefined, 2), sent(8));
    // The handler of the first learns of it when the second has begun.
    show(manual(), sent(undefined, 2), settled("LEASE_LOST"), sent(8));
    show(manual(), settled("INVALID_CHECKPOINT"), sent(8));
    const auto = new FailedCheckpoint("auto", () => undefined, idle);
    show(auto, settled("API_CALL_FAILED"), sent(8));
    expect(() => show(auto, settled("LEASE_LOST"), sent(8))).toThrow("had failed");
  });
});
