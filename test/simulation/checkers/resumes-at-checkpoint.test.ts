// A new owner that begins too early or too late must not pass.
import type { Position } from "@shardline/core";
import { sentinelPosition } from "@shardline/core";
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { ResumesAtCheckpoint } from "./resumes-at-checkpoint.ts";
import { entry, landedRecord, lease, show } from "./shown.ts";

const place = (subSequenceNumber: number): Position => {
  return { sequenceNumber: "1", subSequenceNumber };
};

/** An aggregate of three records, taken at a checkpoint in epoch 1. */
function takenAt(checkpoint: Position): ResumesAtCheckpoint {
  const stored = new StoredRecords();
  const records = [0, 1, 2].map((number) => landedRecord(number, number));
  show(stored, entry("landed", { records }));
  const checker = new ResumesAtCheckpoint(stored);
  const after = lease("shard", { epoch: 1, checkpoint });
  show(checker, entry("table", { before: lease("shard"), after }));
  return checker;
}

const delivered = (number: number, epoch = 1): EntryOf<"delivered"> =>
  entry("delivered", { epoch, position: place(number), record: { key: "a", number } });

test("the first record behind the checkpoint is the first", () => {
  show(takenAt(place(0)), delivered(1));
  for (const beginning of ["TRIM_HORIZON", "AT_TIMESTAMP", "LATEST"] as const) {
    show(takenAt(sentinelPosition(beginning)), delivered(0));
  }
});

test.each([0, 2])("another record, that of %i, is not", (number) => {
  expect(() => show(takenAt(place(0)), delivered(number))).toThrow(
    `w begins shard with a/${number}, behind the checkpoint is a/1`,
  );
});

test("what comes later is not the beginning, nor is what an earlier epoch does", () => {
  show(takenAt(place(0)), delivered(2, 0), delivered(1), delivered(0));
});
