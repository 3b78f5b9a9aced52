// Records of a key that come out of order, are left out, or come twice must not pass.
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { KeyLines } from "./key-lines.ts";
import { entry, show } from "./shown.ts";

const KEYS = ["a", "b", "a", "b", "a"];

/** An aggregate of records of two keys, of which the third belongs to another shard. */
function world(): KeyLines {
  const stored = new StoredRecords();
  const records = KEYS.map((key, number) => {
    const record = { key, number };
    const isInRange = number !== 2;
    return { record, partitionKey: key, bytes: 9, subSequenceNumber: number, isInRange };
  });
  show(stored, entry("landed", { records }));
  return new KeyLines(stored);
}

/** A call, with the records at these places. */
function call(places: readonly number[], epoch = 1): EntryOf<"delivered">[] {
  return places.map((number, at) => {
    const key = KEYS[number] ?? "";
    const fields = { record: { key, number }, partitionKey: key, position: place(number) };
    return entry("delivered", { ...fields, epoch, isFirst: at === 0 });
  });
}

function place(number: number): EntryOf<"delivered">["position"] {
  return { sequenceNumber: "1", subSequenceNumber: number };
}

function handled(...places: readonly number[]): EntryOf<"handled"> {
  return entry("handled", { positions: places.map(place) });
}

test("keys pass each other, and each is in order, what does not belong left out", () => {
  show(world(), ...call([0]), ...call([1, 3]), handled(1, 3), handled(0), ...call([4]));
  show(world(), ...call([0, 4]), ...call([1]), handled(1), ...call([3]));
});

test("a record that comes before one of its key that is not done is seen", () => {
  const checker = world();
  show(checker, ...call([0]), ...call([1]), handled(1));
  expect(() => show(checker, ...call([4]))).toThrow(
    "order within a key: w delivers a/4 (4) from shard, a/0 (0) is next of a",
  );
});

test("a gap inside a call is seen, and at the beginning of an epoch", () => {
  expect(() => show(world(), ...call([1]), ...call([4]))).not.toThrow();
  expect(() => show(world(), ...call([0]), ...call([3]))).toThrow("b/1 (1) is next of b");
  expect(() =>
    show(world(), ...call([0]), handled(0), ...call([4]), handled(4), ...call([4])),
  ).toThrow("nothing is next of a");
});

test("what failed comes again, and what is done does not", () => {
  show(world(), ...call([0]), ...call([1, 3]), handled(1), ...call([3]), ...call([3]));
  const checker = world();
  show(checker, ...call([0]), ...call([1, 3]), handled(1));
  expect(() => show(checker, ...call([1]))).toThrow(
    "w delivers b/1 (1) from shard, b/3 (3) is next",
  );
});

test("each epoch begins anew", () => {
  show(world(), ...call([0]), handled(0), ...call([0], 2), ...call([1], 2));
});
