// A checkpoint that a manual application has not asked for must not pass.
import type { Position } from "@shardline/core";
import { SHARD_END } from "@shardline/core";
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { AskedCheckpoint } from "./asked-checkpoint.ts";
import { entry, landedRecord, lease, show } from "./shown.ts";

const at = (subSequenceNumber: number): Position => ({ sequenceNumber: "1", subSequenceNumber });
const ask = (number: number, epoch = 1): EntryOf<"checkpoint"> =>
  entry("checkpoint", { outcome: "asked", position: at(number), epoch });
const before = lease("shard", { owner: "w", epoch: 1 });
const moveTo = (checkpoint: Position): EntryOf<"table"> =>
  entry("table", { before, after: { ...before, checkpoint } });

/** Four records, of which the last belongs to another shard. */
function checker(): AskedCheckpoint {
  const stored = new StoredRecords();
  const records = [0, 1, 2].map((n) => landedRecord(n, n));
  show(
    stored,
    entry("landed", { records: [...records, { ...landedRecord(3, 3), isInRange: false }] }),
  );
  return new AskedCheckpoint(stored);
}

test("what was asked for may be written, and what lies before it", () => {
  show(checker(), ask(1), moveTo(at(0)), moveTo(at(1)));
});

test("what nobody asked for, or asked for under another lease, is seen", () => {
  expect(() => show(checker(), moveTo(at(0)))).toThrow("w writes shard at 1#0, behind a/0");
  expect(() => show(checker(), ask(1), moveTo(at(2)))).toThrow("behind a/2, and was asked for 1#1");
  expect(() => show(checker(), ask(1, 0), moveTo(at(1)))).toThrow("behind a/0");
});

test.each(["skipped", "dead-lettered"] as const)(
  "what was %s is passed with what lies before",
  (how) => {
    const givenUp = entry("handled", { how, positions: [at(2)] });
    show(checker(), givenUp, ask(1), moveTo(at(2)), moveTo(SHARD_END));
    expect(() => show(checker(), givenUp, ask(0), moveTo(at(2)))).toThrow("behind a/1");
  },
);

test("the end of a shard needs its last record, and not what does not belong there", () => {
  show(checker(), ask(2), moveTo(SHARD_END));
  expect(() => show(checker(), ask(1), moveTo(SHARD_END))).toThrow("at SHARD_END#0, behind a/2");
});
