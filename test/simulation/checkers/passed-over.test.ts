// Records that the KCL passes over without need, or that are lost by it, must not pass.
import { expect, test } from "vitest";
import type { EntryOf, LandedRecord } from "../evidence/journal-entry.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { PassedOver } from "./passed-over.ts";
import { entry, landedRecord, show } from "./shown.ts";

const astray: LandedRecord = { ...landedRecord(1, 1), isInRange: false };
const passes = (shardId: string, process = "kcl-1"): EntryOf<"handled"> => {
  const positions = [0, 1].map((n) => ({ sequenceNumber: "1", subSequenceNumber: n }));
  return entry("handled", { how: "passed over", process, shardId, positions });
};

/** An aggregate of two shards on "mixed", and the same records where all belong on "whole". */
function world(isAlive = true): { readonly checker: PassedOver; readonly stored: StoredRecords } {
  const stored = new StoredRecords();
  const checker = new PassedOver(stored, () => isAlive);
  for (const one of [
    entry("landed", { shardId: "mixed", records: [landedRecord(0), astray] }),
    entry("landed", { shardId: "whole", records: [landedRecord(0), landedRecord(1, 1)] }),
  ]) {
    show(stored, one);
    show(checker, one);
  }
  return { checker, stored };
}

test("an aggregate of two shards may be passed over by the KCL, and nothing else", () => {
  const { checker } = world();
  show(checker, passes("mixed"));
  for (const wrong of [passes("whole"), passes("mixed", "worker-1"), passes("elsewhere")]) {
    expect(() => show(checker, wrong)).toThrow("passes over");
  }
});

test("what was passed over has to be handled somewhere, unless its producer failed it or is gone", () => {
  const { checker, stored } = world();
  show(checker, passes("mixed"));
  show(stored, passes("mixed"));
  expect(() => checker.atEnd()).toThrow("a/0 of p was passed over, and is handled nowhere");
  show(stored, entry("handled", { ...passes("whole"), how: "returned" }));
  checker.atEnd();

  const failed = world();
  show(failed.checker, passes("mixed"));
  for (const number of [0, 1])
    show(failed.checker, entry("failed", { record: { key: "a", number } }));
  failed.checker.atEnd();
  const gone = world(false);
  show(gone.checker, passes("mixed"));
  gone.checker.atEnd();
});
