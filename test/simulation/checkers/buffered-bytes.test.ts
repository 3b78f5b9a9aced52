// A worker that holds too much must not pass.
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { BufferedBytes } from "./buffered-bytes.ts";
import { entry, landedRecord, lease, show } from "./shown.ts";

/** Room for two Kinesis records of 600 bytes. */
const BUDGET = 2000;

/** Two shards that w has, of four Kinesis records each. */
function world(): BufferedBytes {
  const stored = new StoredRecords();
  const checker = new BufferedBytes(stored, BUDGET);
  for (const shardId of ["one", "two"]) {
    for (const sequenceNumber of ["1", "2", "3", "4"]) {
      const records = [landedRecord(0), landedRecord(1, 1)];
      show(stored, entry("landed", { shardId, sequenceNumber, records }));
    }
    const after = lease(shardId, { owner: "w", epoch: 1 });
    show(checker, entry("table", { before: lease(shardId), after }));
  }
  return checker;
}

function fetched(shardId: string, ...sequenceNumbers: readonly string[]): EntryOf<"fetched"> {
  const carriers = sequenceNumbers.map((sequenceNumber) => ({ sequenceNumber, bytes: 600 }));
  return entry("fetched", { shardId, carriers });
}

/** The first records of a Kinesis record. */
function handled(shardId: string, sequenceNumber: string, count = 2): EntryOf<"handled"> {
  const positions = [0, 1].map((subSequenceNumber) => ({ sequenceNumber, subSequenceNumber }));
  return entry("handled", { shardId, positions: positions.slice(0, count) });
}

test("one answer may lie above the budget, of a shard of which there is nothing", () => {
  show(world(), fetched("one", "1"), fetched("two", "1", "2", "3"));
  const checker = world();
  show(checker, fetched("one", "1"));
  expect(() => show(checker, fetched("one", "2", "3"))).toThrow(
    "w holds 1000 of 2000 bytes and fetches 2 records, 2000 bytes, of one, of which it has some",
  );
});

test("above the budget a shard gets one record", () => {
  const full = fetched("one", "1", "2", "3");
  show(world(), full, fetched("two", "1"));
  const checker = world();
  expect(() => show(checker, full, fetched("two", "1", "2"))).toThrow(
    "w holds 3000 of 2000 bytes and fetches 2 records, 2000 bytes, of two",
  );
});

test("a fetch is held until the last of its records is handled", () => {
  const both = [handled("one", "1"), handled("one", "2")];
  show(world(), fetched("one", "1", "2"), ...both, fetched("one", "3", "4"));
  const checker = world();
  show(checker, fetched("one", "1", "2"), handled("one", "1"), handled("one", "2", 1));
  expect(() => show(checker, fetched("one", "3"))).toThrow("of which it has some");
});

test("where calls are made side by side an earlier record holds its own fetch, and no later one", () => {
  const checker = world();
  show(checker, fetched("one", "1"), fetched("one", "2"), handled("one", "2"), fetched("one", "3"));
  show(checker, handled("one", "1", 1));
  expect(() => show(checker, fetched("one", "4"))).toThrow("of which it has some");
});

test.each(["leaseLost", "leaseReleased", "shutdownRequested"])("or until %s", (what) => {
  const end = entry("lease", { what, fields: { shardId: "one" } });
  const checker = world();
  show(checker, fetched("one", "1", "2"), end, fetched("two", "1"), fetched("two", "2"));
});

test("what lies before the checkpoint is not held", () => {
  const checker = world();
  const checkpoint = { sequenceNumber: "3", subSequenceNumber: 1 };
  const after = lease("one", { owner: "w", epoch: 2, checkpoint });
  show(checker, entry("table", { before: lease("one"), after }));
  show(checker, fetched("one", "1", "2", "3"), fetched("two", "1"), fetched("two", "2"));
});

/** What a worker is pushed and asks for in `ms`. */
function awaited(shardId: string, atMs: number): EntryOf<"subscription"> {
  return entry("subscription", { shardId, atMs, news: { what: "awaited" } });
}

function pushed(shardId: string, ...sequenceNumbers: readonly string[]): EntryOf<"fetched"> {
  return { ...fetched(shardId, ...sequenceNumbers), by: "push" };
}

test("an event may lie above the budget, and the next is not asked for before there is room", () => {
  const checker = world();
  show(checker, pushed("one", "1", "2", "3"), awaited("one", 1), pushed("one", "4"));
  expect(() => show(checker, awaited("one", 2))).toThrow(
    "w holds 4000 of 2000 bytes, some of one, and asks for its next event",
  );
  const other = world();
  show(other, pushed("one", "1", "2", "3"), awaited("one", 1));
  show(other, handled("one", "1"), handled("one", "2"), handled("one", "3"));
  show(other, pushed("one", "4"), awaited("one", 2), pushed("two", "1", "2"), awaited("two", 3));
});

test("a shard that has nothing may ask whatever others hold", () => {
  const checker = world();
  show(checker, pushed("one", "1", "2", "3"), awaited("one", 1), awaited("two", 2));
});

test("what came by polling meanwhile counts once", () => {
  const checker = world();
  const polled = fetched("one", "1", "2");
  show(checker, pushed("one", "1"), polled, awaited("one", 1), awaited("one", 2));
});
