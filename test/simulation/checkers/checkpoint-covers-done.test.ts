// A checkpoint in front of what is not done must not pass.
import type { Position } from "@shardline/core";
import { SHARD_END } from "@shardline/core";
import { expect, test } from "vitest";
import { StoredRecords } from "../evidence/stored-records.ts";
import { CheckpointCoversDone } from "./checkpoint-covers-done.ts";
import { entry, landedRecord, lease, show } from "./shown.ts";

const at = (sequenceNumber: string, subSequenceNumber = 0): Position => {
  return { sequenceNumber, subSequenceNumber };
};

/** An aggregate of two records, and a plain one that belongs to another shard. */
function world(...handled: readonly Position[]): CheckpointCoversDone {
  const stored = new StoredRecords();
  show(
    stored,
    entry("landed", { records: [landedRecord(0), landedRecord(1, 1)] }),
    entry("landed", { sequenceNumber: "2", records: [{ ...landedRecord(2), isInRange: false }] }),
    entry("handled", { positions: handled }),
  );
  return new CheckpointCoversDone(stored);
}

function moveTo(checkpoint: Position): ReturnType<typeof entry<"table">> {
  return entry("table", { before: lease("shard"), after: lease("shard", { checkpoint }) });
}

test("a checkpoint inside an aggregate says nothing of what lies behind it", () => {
  const checker = world(at("1", 0));
  show(checker, moveTo(at("1", 0)));
  expect(() => show(checker, moveTo(at("1", 1)))).toThrow(
    "w checkpoints shard at 1#1, behind a/1, which nobody has handled",
  );
});

test("the end of a shard covers all of it", () => {
  expect(() => show(world(at("1", 0)), moveTo(SHARD_END))).toThrow("SHARD_END#0, behind a/1");
  show(world(at("1", 0), at("1", 1)), moveTo(SHARD_END));
});

test("what does not belong to the shard is covered unhandled", () => {
  show(world(at("1", 0), at("1", 1)), moveTo(at("2")));
});

test("a checkpoint is that of a record", () => {
  expect(() => show(world(), moveTo(at("7")))).toThrow("where nothing is stored");
});

test("where a lease begins covers nothing", () => {
  show(world(), entry("table", { after: lease("shard") }), moveTo(at("LATEST")));
});
