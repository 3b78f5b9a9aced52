import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { entry, landedRecord, show } from "./shown.ts";
import { TrueReceipts } from "./true-receipts.ts";

type Receipt = EntryOf<"stored">["receipt"];

const FAILURE = { kind: "transient", awsName: "E", reason: "no", isAmbiguous: true } as const;
const FAILED = { delayMs: 1, durationMs: 1, failure: FAILURE };

/** The receipt of the second record of an aggregate, put at 50 and told of at 100. */
function told(fields: Partial<Receipt>, isInRange = true): () => void {
  const stored = new StoredRecords();
  const checker = new TrueReceipts(stored);
  const records = [{ ...landedRecord(0), isInRange }, landedRecord(1, 1)];
  const record = { key: "a", number: 1 };
  const { receipt } = entry("stored");
  show(checker, entry("put"), entry("put", { record, localMs: 50 }));
  show(stored, entry("landed", { records }));
  const told = { ...receipt, subSequenceNumber: 1, ...fields };
  return () => show(checker, entry("stored", { localMs: 100, record, receipt: told }));
}

test("the record of a receipt is where the receipt says", () => {
  expect(told({})).not.toThrow();
  expect(told({ shardId: "other" })).toThrow("a/1 on other at 1#1: nothing is there");
  expect(told({ sequenceNumber: "2" })).toThrow("nothing is there");
  expect(told({ subSequenceNumber: 0 })).toThrow("there is a/0");
  expect(told({ subSequenceNumber: 2 })).toThrow("nothing is there");
});

test("a KCL must find it: an aggregate with a record that went astray is no place for it", () => {
  expect(told({}, false)).toThrow("a/0 in the same aggregate does not belong there");
});

test("a record whose key is another's is not what was put", () => {
  const stored = new StoredRecords();
  const checker = new TrueReceipts(stored);
  const records = [{ ...landedRecord(0), partitionKey: "b" }];
  show(checker, entry("put"));
  show(stored, entry("landed", { records }));
  expect(() => show(checker, entry("stored"))).toThrow("its key is b");
});

test("a record of which a part is missing, or bytes are other ones, is not what was put", () => {
  const stored = new StoredRecords();
  const checker = new TrueReceipts(stored);
  show(checker, entry("put", { bytes: 11 }));
  show(stored, entry("landed", { records: [landedRecord(0)] }));
  expect(() => show(checker, entry("stored"))).toThrow(
    "it has 9 bytes, and with its key 11 were put",
  );
});

test("tries end with one that stored the record, and their calls fit into the time since it was put", () => {
  const stored = { delayMs: 90, durationMs: 49 };
  expect(told({ attempts: [FAILED, stored], attemptCount: 2 })).not.toThrow();
  expect(told({ attempts: [stored, FAILED], attemptCount: 2 })).toThrow("its last try failed");
  expect(told({ attempts: [stored, stored], attemptCount: 2 })).toThrow("after it was stored");
  expect(told({ attempts: [], attemptCount: 0 })).toThrow("0 of 0 tries are listed");
  expect(told({ attempts: [stored], attemptCount: 2 })).toThrow("1 of 2 tries are listed");
  const long = { delayMs: 0, durationMs: 51 };
  expect(told({ attempts: [long], attemptCount: 1 })).toThrow("its calls took 51 of 50 ms");
  const backwards = { delayMs: -1, durationMs: 1 };
  expect(told({ attempts: [backwards], attemptCount: 1 })).toThrow("less than no time");
});
