// A record from where it does not belong must not pass, nor must one that is stored nowhere else.
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { InRange } from "./in-range.ts";
import { entry, landedRecord, show } from "./shown.ts";

const astray = entry("landed", { records: [{ ...landedRecord(0), isInRange: false }] });

/** A record that went astray, and what became of it. */
function world(isAlive: boolean, ...then: readonly EntryOf<"landed" | "failed">[]): InRange {
  const stored = new StoredRecords();
  const isReadNow = ({ process }: EntryOf<"delivered">): boolean => process !== "stale";
  const checker = new InRange(stored, () => isAlive, isReadNow);
  for (const one of [astray, ...then]) {
    show(stored, one);
    show(checker, one);
  }
  return checker;
}

test("what does not belong to a shard is not delivered from it", () => {
  expect(() => show(world(true), entry("delivered"))).toThrow(
    "w delivers a/0 from shard, where it does not belong",
  );
  // By a lease of a stream that was deleted.
  show(world(true), entry("delivered", { process: "stale" }));
});

test("it is put again where it belongs", () => {
  const home = entry("landed", { shardId: "home", records: [landedRecord(0)] });
  expect(() => world(true).atEnd()).toThrow("a/0 of p is stored only where it does not belong");
  world(true, home).atEnd();
});

test("unless its producer says that it failed, or is killed", () => {
  world(true, entry("failed")).atEnd();
  world(false).atEnd();
});
