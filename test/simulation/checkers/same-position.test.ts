// A record under another position than its own must not pass.
import { expect, test } from "vitest";
import { StoredRecords } from "../evidence/stored-records.ts";
import { SamePosition } from "./same-position.ts";
import { entry, landedRecord, show } from "./shown.ts";

test("a record comes under the position at which it is stored, each time", () => {
  const stored = new StoredRecords();
  show(stored, entry("landed", { records: [landedRecord(0), landedRecord(1, 1)] }));
  const checker = new SamePosition(stored);
  const record = { key: "a", number: 1 };
  const position = { sequenceNumber: "1", subSequenceNumber: 1 };
  show(checker, entry("delivered"), entry("delivered", { record, position }));
  expect(() => show(checker, entry("delivered", { record }))).toThrow(
    "w delivers a/1 as of shard 1#0, where a/0 is stored",
  );
  const nowhere = { sequenceNumber: "1", subSequenceNumber: 2 };
  expect(() => show(checker, entry("delivered", { record, position: nowhere }))).toThrow(
    "where nothing is stored",
  );
});

test("it comes with the key and the bytes with which it is stored", () => {
  const stored = new StoredRecords();
  show(stored, entry("landed", { records: [landedRecord(0)] }));
  const checker = new SamePosition(stored);
  expect(() => show(checker, entry("delivered", { bytes: 8 }))).toThrow(
    "w delivers a/0 with 8 bytes under a, and 9 are stored under a",
  );
  expect(() => show(checker, entry("delivered", { partitionKey: "b" }))).toThrow("under b");
  expect(() => show(checker, entry("delivered", { partitionKey: undefined }))).toThrow(
    "w delivers",
  );
});

test("what was spoilt before it was stored is not what was put", () => {
  const stored = new StoredRecords();
  show(stored, entry("landed", { records: [{ ...landedRecord(0), bytes: 0 }] }));
  const checker = new SamePosition(stored);
  expect(() => show(checker, entry("delivered", { bytes: 0 }))).toThrow("with 0 bytes");
});
