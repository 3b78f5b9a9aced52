// Without an order, too, a record that comes twice must not pass, nor a gap in a batch.
import { expect, test } from "vitest";
import { Handling } from "../evidence/handling.ts";
import type { EntryOf, TimedEntry } from "../evidence/journal-entry.ts";
import { SideBySide } from "../evidence/side-by-side.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { NoRepeats } from "./no-repeats.ts";
import { entry, landedRecord, show } from "./shown.ts";

/** Shows entries over an aggregate of four records, of which the third belongs to another shard. */
function showAll(...entries: readonly TimedEntry[]): void {
  const stored = new StoredRecords();
  const records = [0, 1, 2, 3].map((number) => {
    return { ...landedRecord(number, number), isInRange: number !== 2 };
  });
  show(stored, entry("landed", { records }));
  const sideBySide = new SideBySide(stored, new Handling(1000));
  const checker = new NoRepeats(stored, sideBySide);
  for (const one of entries) {
    show(sideBySide, one);
    show(checker, one);
  }
}

const place = (subSequenceNumber: number) => ({ sequenceNumber: "1", subSequenceNumber });
const call = (number: number, places: readonly number[], epoch = 1): EntryOf<"delivered">[] =>
  places.map((at, nth) =>
    entry("delivered", {
      call: number,
      epoch,
      isFirst: nth === 0,
      position: place(at),
      record: { key: "a", number: at },
    }),
  );
const handled = (...places: readonly number[]): EntryOf<"handled"> =>
  entry("handled", { positions: places.map(place) });
const left = (number: number): EntryOf<"left"> => entry("left", { call: number });

test("calls pass each other, what does not belong left out of a batch", () => {
  showAll(...call(1, [0]), ...call(2, [1, 3]), handled(1, 3), left(2), handled(0), left(1));
});

test("a record that two calls have in hand is seen", () => {
  expect(() => showAll(...call(1, [0, 1]), ...call(2, [1]))).toThrow(
    "nothing twice: w has a/1 (1) in two calls at a time, of shard",
  );
});

test("what is done does not come again, what failed does", () => {
  expect(() => showAll(...call(1, [0]), handled(0), left(1), ...call(2, [0]))).toThrow(
    "w delivers a/0 (0) again, which is done",
  );
  showAll(...call(1, [0, 1]), handled(0), left(1), ...call(2, [1]));
  showAll(...call(1, [0]), handled(0), left(1), ...call(2, [0], 2));
});

test("a gap inside a batch is seen", () => {
  expect(() => showAll(...call(1, [0, 3]))).toThrow("w hands out a/3 (3) behind a gap");
});
