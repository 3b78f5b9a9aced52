import type { ProducerStats } from "@shardline/producer";
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal.ts";
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
    ...stats,
  };
  return new ProducerMemory(odds as ConstructorParameters<typeof ProducerMemory>[0], () => [
    { process: { name: "p", nowMs: () => 0 }, stats: () => held },
  ]);
}

const put = (number: number, bytes = 10): EntryOf<"put"> =>
  entry("put", { record: { key: "a", number }, bytes });

test("a producer holds no more bytes than its buffer, or than one record that is larger", () => {
  const full = newChecker(POLITE, { outstandingBytes: 1000 });
  show(full, put(0));
  expect(() => full.look()).not.toThrow();
  const over = newChecker(POLITE, { outstandingBytes: 1001 });
  show(over, put(0));
  expect(() => over.look()).toThrow("p: it holds 1001 of 1000 bytes");
  show(over, put(1, 801));
  expect(() => over.look()).not.toThrow();
});

test("whoever asks for room has no more records open than the buffer holds, and one", () => {
  const checker = newChecker(POLITE, {});
  show(checker, put(0), put(1), put(2));
  expect(() => checker.look()).not.toThrow();
  show(checker, put(3));
  expect(() => checker.look()).toThrow("p: it has 4 records, the buffer is for 2");
  show(checker, entry("stored"));
  expect(() => checker.look()).not.toThrow();
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
