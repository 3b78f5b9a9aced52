// More under way than the window has room for must not pass.
import { expect, test } from "vitest";
import { Handling } from "../evidence/handling.ts";
import type { EntryOf, TimedEntry } from "../evidence/journal-entry.ts";
import { SideBySide } from "../evidence/side-by-side.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { entry, landedRecord, show } from "./shown.ts";
import { Window } from "./window.ts";

const WIDE = { windowRecords: 100, windowBytes: 1000, windowSpanRecords: 100 };

/** Shows entries over an aggregate of six records of 9 bytes, of which the third belongs to another shard. */
function showUnder(odds: Partial<typeof WIDE>, ...entries: readonly TimedEntry[]): void {
  const stored = new StoredRecords();
  const records = [0, 1, 2, 3, 4, 5].map((number) => {
    return { ...landedRecord(number, number), isInRange: number !== 2 };
  });
  show(stored, entry("landed", { records }));
  const sideBySide = new SideBySide(stored, new Handling(1000));
  const checker = new Window({ ...WIDE, ...odds }, sideBySide);
  for (const one of entries) {
    show(sideBySide, one);
    show(checker, one);
  }
}

const place = (subSequenceNumber: number) => ({ sequenceNumber: "1", subSequenceNumber });
const delivered = (number: number, epoch = 1): EntryOf<"delivered"> =>
  entry("delivered", { epoch, position: place(number), record: { key: "a", number } });
const handled = (...places: readonly number[]): EntryOf<"handled"> =>
  entry("handled", { positions: places.map(place) });

test("too many records are seen, those that were passed by included", () => {
  showUnder({ windowRecords: 4 }, delivered(0), delivered(4));
  expect(() => showUnder({ windowRecords: 3 }, delivered(0), delivered(4))).toThrow(
    "window: w has 4 records of shard under way, of at most 3",
  );
  showUnder({ windowRecords: 3 }, delivered(0), delivered(1), handled(1), delivered(4));
});

test("too many bytes are seen, unless one record alone has them", () => {
  expect(() => showUnder({ windowBytes: 17 }, delivered(0), delivered(1))).toThrow(
    "w has 18 bytes of shard under way, of at most 17",
  );
  showUnder({ windowBytes: 5 }, delivered(0), handled(0), delivered(1));
});

test("one that is too far from the first that is not done is seen, whatever is done in between", () => {
  const done = [delivered(0), delivered(1), handled(1), delivered(3), handled(3)];
  showUnder({ windowSpanRecords: 4 }, ...done, delivered(4));
  expect(() => showUnder({ windowSpanRecords: 3 }, ...done, delivered(4))).toThrow(
    "w has 4 records from the first of shard under way, of at most 3",
  );
});

test("each epoch begins anew", () => {
  showUnder({ windowRecords: 2 }, delivered(0), delivered(1), delivered(1, 2), delivered(3, 2));
});
