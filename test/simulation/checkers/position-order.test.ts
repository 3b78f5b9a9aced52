// Records that come out of order, are left out, or come twice must not pass.
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { PositionOrder } from "./position-order.ts";
import { entry, landedRecord, show } from "./shown.ts";

/** An aggregate of four records, of which the third belongs to another shard. */
function world(): PositionOrder {
  const stored = new StoredRecords();
  const records = [0, 1, 2, 3].map((number) => {
    return { ...landedRecord(number, number), isInRange: number !== 2 };
  });
  show(stored, entry("landed", { records }));
  return new PositionOrder(stored);
}

/** A batch as it is handed out. */
function batch(numbers: readonly number[], epoch = 1): EntryOf<"delivered">[] {
  return numbers.map((number, at) => {
    const record = { key: "a", number };
    return entry("delivered", { record, epoch, isFirst: at === 0, position: place(number) });
  });
}

function place(number: number): EntryOf<"delivered">["position"] {
  return { sequenceNumber: "1", subSequenceNumber: number };
}

function handled(...numbers: readonly number[]): EntryOf<"handled"> {
  return entry("handled", { positions: numbers.map(place) });
}

test("record after record, what does not belong left out, is in order", () => {
  show(world(), ...batch([0, 1, 3]), handled(0, 1, 3));
  show(world(), ...batch([0, 1]), handled(0, 1), ...batch([3]));
});

test("a gap inside a batch is seen", () => {
  expect(() => show(world(), ...batch([0, 3]))).toThrow(
    "w delivers a/3 (3) from shard, a/1 (1) is next",
  );
});

test("what failed comes again, all of it or what is left of it", () => {
  show(world(), ...batch([0, 1, 3]), ...batch([0, 1]), handled(0), ...batch([1, 3]));
});

test("what failed is not passed over", () => {
  const checker = world();
  show(checker, ...batch([0, 1]));
  expect(() => show(checker, ...batch([3]))).toThrow(
    "w delivers a/3 (3) from shard, a/0 (0) is next",
  );
});

test("what is done does not come again", () => {
  const checker = world();
  show(checker, ...batch([0, 1]), handled(0, 1));
  expect(() => show(checker, ...batch([1]))).toThrow(
    "w delivers a/1 (1) from shard, a/3 (3) is next",
  );
});

test("each epoch begins anew, and none comes after a later one", () => {
  const checker = world();
  show(checker, ...batch([0, 1]), handled(0), ...batch([0], 2));
  expect(() => show(checker, ...batch([0], 1))).toThrow("in epoch 1 after 2");
});

test("what a handler of an earlier epoch has yet done is none of the next one's", () => {
  show(world(), ...batch([0, 1]), handled(0, 1), ...batch([0], 2));
});
