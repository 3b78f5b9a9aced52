import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { entry, landedRecord, show } from "./shown.ts";
import { StoredOrder } from "./stored-order.ts";

/** An aggregate of records of one key; those below 0 are of another key, which went astray. */
function landed(...numbers: readonly number[]): EntryOf<"landed"> {
  const records = numbers.map((number, at) =>
    number < 0
      ? { ...landedRecord(0, at), record: { key: "b", number: 0 }, isInRange: false }
      : landedRecord(number, at),
  );
  return entry("landed", { records });
}

const stored = (number: number): EntryOf<"stored"> =>
  entry("stored", { record: { key: "a", number } });
const failed = (number: number): EntryOf<"failed"> =>
  entry("failed", { record: { key: "a", number } });

test("a record with a receipt must not be stored for the first time after a later one of its key", () => {
  const checker = new StoredOrder();
  show(checker, landed(0), landed(2), landed(1), stored(0), stored(2));
  expect(() => show(checker, stored(1))).toThrow("a: record 1 was stored after record 2");
});

test("repeats are no matter of order, nor is what failed before or after it was stored", () => {
  const checker = new StoredOrder();
  show(checker, landed(0, 1), landed(0), landed(1, 2), stored(0), stored(1), stored(2));
  show(checker, failed(3), landed(4, 3), landed(6, 5), failed(5), stored(4), stored(6));
});

test("readers that drop an aggregate as a whole see its records where they are stored again", () => {
  const checker = new StoredOrder();
  show(checker, landed(0, -1), landed(1), landed(0));
  expect(() => show(checker, stored(0))).toThrow("a: record 0 was stored after record 1");
  const fine = new StoredOrder();
  show(fine, landed(0, 1, -1), landed(0, 1), landed(2), stored(0), stored(1), stored(2));
});

test("readers that drop single records see the others where they are stored first", () => {
  const checker = new StoredOrder();
  show(checker, landed(1, -1), landed(0, 1));
  expect(() => show(checker, stored(0))).toThrow("a: record 0 was stored after record 1");
});
