// What is given up before it failed as often as it may, or beside what failed, must not pass.
import type { Position } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { EntryOf, TimedEntry } from "../evidence/journal-entry.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { type GivingUp, OnlyPoison } from "./only-poison.ts";
import { entry, landedRecord, show } from "./shown.ts";

const at = (subSequenceNumber: number): Position => ({ sequenceNumber: "1", subSequenceNumber });

function checkerOf(policy: Partial<GivingUp>): OnlyPoison {
  const stored = new StoredRecords();
  show(stored, entry("landed", { records: [0, 1, 2].map((n) => landedRecord(n, n)) }));
  return new OnlyPoison(stored, { maxAttempts: 2, bisects: true, then: "skip", ...policy });
}

/** The handler fails on records of the batch. */
const fails = (...numbers: readonly number[]): EntryOf<"left"> =>
  entry("left", { failed: { remaining: numbers.map(at), isNamed: false } });
const names = (...numbers: readonly number[]): EntryOf<"left"> =>
  entry("left", { failed: { remaining: numbers.map(at), isNamed: true } });
const skipped = (attempts: number, ...numbers: readonly number[]): EntryOf<"handled"> =>
  entry("handled", { how: "skipped", positions: numbers.map(at), why: { by: "policy", attempts } });
const offered = (attempts: number, number: number, is = number): EntryOf<"offered"> =>
  entry("offered", { attempts, position: at(number), record: { key: "a", number: is } });
const told = (what: string, fields: object = {}): EntryOf<"lease"> =>
  entry("lease", { what, fields: { shardId: "shard", ...fields } });
const halted = (attempts: number, number: number): EntryOf<"lease"> =>
  told("shardHalted", { ...at(number), attempts, records: 1 });

describe("records that are skipped:", () => {
  test.each<[string, readonly TimedEntry[]]>([
    ["nothing failed", [skipped(2, 0)]],
    ["it failed too seldom", [fails(0), skipped(2, 0)]],
    ["it failed in another lease", [fails(0), { ...fails(0), epoch: 2 }, skipped(2, 0)]],
    ["another record failed", [fails(0), fails(0), skipped(2, 1)]],
    ["others failed with it, and it was not looked for", [fails(0, 1), fails(0, 1), skipped(2, 0)]],
    ["it takes others along", [names(0, 1), names(0, 1), skipped(2, 0, 1)]],
    [
      "it was handled in between",
      [fails(0), entry("delivered", { position: at(0) }), entry("left"), fails(0), skipped(2, 0)],
    ],
    ["it is told to have failed more often", [fails(0), fails(0), skipped(3, 0)]],
    ["it is skipped again", [fails(0), fails(0), skipped(2, 0), skipped(2, 0)]],
  ])("that %s is seen", (_, entries) => {
    expect(() => show(checkerOf({}), ...entries)).toThrow("only poison is given up: w skips a/");
  });

  test("what failed often enough by itself, or was named, is fine, and is then to be given up", () => {
    show(checkerOf({}), fails(0, 1), fails(0), fails(0), skipped(2, 0));
    show(checkerOf({}), names(1, 2), names(1, 2), skipped(2, 1));
    const again = entry("delivered", { position: at(0) });
    expect(() => show(checkerOf({}), fails(0), fails(0), again)).toThrow("w tries a/0 again");
    show(checkerOf({}), fails(0), again, fails(0), { ...again, epoch: 2 });
  });

  test("a batch in which nothing is looked for goes as a whole", () => {
    const entries = [fails(0, 1, 2), fails(0, 1, 2)];
    show(checkerOf({ bisects: false }), ...entries, skipped(2, 0, 1, 2));
    expect(() => show(checkerOf({ bisects: false }), ...entries, skipped(2, 0))).toThrow(
      "3 are due",
    );
  });
});

describe("dead letters:", () => {
  const checker = (): OnlyPoison => checkerOf({ then: "dead-letter" });
  const failed = [fails(0), fails(0)];

  test("one that failed too seldom, or is another record's, is seen", () => {
    expect(() => show(checker(), fails(0), offered(2, 0))).toThrow('offers a/0 after "2" tries');
    expect(() => show(checker(), ...failed, offered(2, 1))).toThrow("offers a/1");
    expect(() => show(checker(), ...failed, offered(2, 0, 1))).toThrow("offers a/1 as a/0");
    expect(() => show(checkerOf({}), ...failed, offered(2, 0))).toThrow("offers a/0");
  });

  test("the same may be offered until it is taken, and not any more", () => {
    const taken = entry("handled", { how: "dead-lettered", positions: [at(0)] });
    const one = checker();
    show(one, ...failed, offered(2, 0), offered(2, 0), taken);
    expect(() => show(one, offered(2, 0))).toThrow("offers a/0");
  });
});

describe("halts:", () => {
  const checker = (): OnlyPoison => checkerOf({ then: "halt" });
  const leftOut = entry("handled", {
    how: "skipped",
    positions: [at(0)],
    why: { by: "skipRecord", attempts: 2 },
  });

  test("one at what failed too seldom, or at another place, is seen", () => {
    expect(() => show(checker(), fails(0), halted(1, 0))).toThrow("w halts at a/0");
    expect(() => show(checker(), fails(0), fails(0), halted(2, 1))).toThrow("w halts at a/1");
    show(checker(), fails(0), fails(0), halted(2, 0), fails(0), fails(0), halted(4, 0));
  });

  test("a record that is tried again although it is time to rest is seen", () => {
    const again = entry("delivered", { position: at(0) });
    expect(() => show(checker(), fails(0), fails(0), again)).toThrow("w tries a/0 again");
    show(checker(), fails(0), fails(0), halted(2, 0), again);
  });

  test("a record is left out when an operator asks for it, and only then", () => {
    const entries = [fails(0), fails(0), halted(2, 0)];
    show(checker(), ...entries, told("skipRecord"), leftOut);
    expect(() => show(checker(), ...entries, leftOut)).toThrow("w skips a/0");
    expect(() => show(checker(), ...entries, skipped(2, 0))).toThrow("w skips a/0");
  });

  test("of several that rest an operator leaves out the first of the shard", () => {
    const second = [fails(1), fails(1), halted(2, 1)];
    const first = [fails(0), fails(0), halted(2, 0)];
    const others = { ...leftOut, positions: [at(1)] };
    show(checker(), ...second, ...first, told("skipRecord"), leftOut, told("skipRecord"), others);
    expect(() => show(checker(), ...second, ...first, told("skipRecord"), others)).toThrow(
      "w skips a/1",
    );
  });
});
