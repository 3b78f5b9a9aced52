import type { ProducerStats } from "@shardline/producer";
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { ProducerMemory } from "./producer-memory.ts";
import { entry, show } from "./shown.ts";

const OPTIONS = { buffer: { maxRecords: 2, maxBytes: 1000 } } as const;
const POLITE = { isPolite: true, putMany: 0, options: OPTIONS };

function newChecker(odds: typeof POLITE, stats: Partial<ProducerStats>): ProducerMemory {
  const held: ProducerStats = {
    outstandingRecords: 9,
    outstandingBytes: 0,
    oldestRecordAgeMs: 0,
    inFlightCalls: 0,
    isFull: false,
  };
  return new ProducerMemory(odds as ConstructorParameters<typeof ProducerMemory>[0], () => [
    { process: { name: "p", nowMs: () => 0 }, stats: () => ({ ...held, ...stats }) },
  ]);
}

const put = (number: number, bytes = 10): EntryOf<"put"> =>
  entry("put", { record: { key: "a", number }, bytes });

test("a producer holds no more bytes than its buffer, or than one record that is larger", () => {
  const full = newChecker(POLITE, { outstandingBytes: 1000 });
  show(full, put(0));
  expect(() => full.look()).not.toThrow();
  const held = { outstandingBytes: 1000 };
  const over = newChecker(POLITE, held);
  show(over, put(0));
  held.outstandingBytes = 1001;
  expect(() => over.look()).toThrow("p: it holds 1001 of 1000 bytes");
  held.outstandingBytes = 1000;
  show(over, put(1, 801));
  held.outstandingBytes = 1001;
  expect(() => over.look()).not.toThrow();
});

test("it is weighed before each put and each call, between which it may hold too much for a moment", () => {
  const held = { outstandingBytes: 0 };
  const checker = newChecker(POLITE, held);
  show(checker, put(0), entry("sent"));
  held.outstandingBytes = 1001;
  expect(() => show(checker, put(1))).toThrow("p: it holds 1001 of 1000 bytes");
  expect(() => show(checker, entry("sent"))).toThrow("p: it holds 1001 of 1000 bytes");
  expect(() => show(checker, entry("sent", { process: "killed" }))).not.toThrow();
});

test("whoever asks for room has no more records open than the buffer holds, and one", () => {
  const checker = newChecker(POLITE, {});
  show(checker, put(0), put(1), put(2));
  expect(() => checker.look()).not.toThrow();
  expect(checker.dueAtMs).toBe(Infinity);
  show(checker, put(3));
  // What has room again is told to its caller in this very step, perhaps after the next put.
  expect(checker.dueAtMs).toBe(0);
  expect(() => checker.look()).toThrow("p: it has 4 records, the buffer is for 2");
  show(checker, entry("stored"));
  expect(() => checker.look()).not.toThrow();
  expect(checker.dueAtMs).toBe(Infinity);
});

test("whoever asks for room has no more bytes open than the buffer holds, and one record", () => {
  const checker = newChecker(
    { ...POLITE, options: { buffer: { maxRecords: 9, maxBytes: 1000 } } } as never,
    {},
  );
  show(checker, put(0, 700), put(1, 700));
  expect(() => checker.look()).not.toThrow();
  show(checker, put(2, 1));
  expect(() => checker.look()).toThrow("p: it has 2001 bytes, the buffer is for 1000");
});

test("who does not ask may have more of them wait; they are counted all the same", () => {
  const rude = newChecker({ ...POLITE, isPolite: false }, { outstandingRecords: 4 });
  show(rude, put(0), put(1), put(2), put(3));
  expect(() => rude.look()).not.toThrow();
  show(rude, put(4));
  expect(() => rude.look()).toThrow("p: it tells of 4 records of 5");
});
