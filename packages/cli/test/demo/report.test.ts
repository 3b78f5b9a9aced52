import { expect, test } from "vitest";
import { LeaseLog } from "../../src/demo/lease-log.ts";
import { type DemoResult, isGood, summaryOf } from "../../src/demo/report.ts";
import { styleOf } from "../../src/terminal.ts";

const good: DemoResult = {
  read: "polling",
  concurrency: 1,
  ordering: "shard",
  input: 10_000,
  put: 10_000,
  putFailed: 0,
  processedUnique: 10_000,
  lost: 0,
  givenUp: 0,
  failing: 0,
  onFailure: undefined,
  halts: 0,
  duplicates: 6,
  duplicatesAllowed: 6,
  outOfOrderPerKey: 0,
  deliveredByPolling: 10_006,
  deliveredByFanOut: 0,
  kinesisRecords: 1000,
  shardsBefore: 4,
  shardsAfter: 4,
  shardsCreated: 3,
  workersKilled: 1,
  killedHeldLeases: 2,
  recordsAfterKill: 4000,
  takeoverSeconds: 2.44,
  failoverSeconds: 2,
  putSeconds: 20,
  seconds: 25,
  failures: [],
};

test.each<[string, Partial<DemoResult>]>([
  ["a record is lost", { lost: 1 }],
  ["a record is out of order", { outOfOrderPerKey: 1 }],
  ["a record is out of the order of its key", { ordering: "partition-key", outOfOrderPerKey: 1 }],
  ["nothing was read by subscription that was to be", { read: "fan-out" }],
  ["a record is refused", { putFailed: 1 }],
  ["a record is there more often than can be explained", { duplicates: 7 }],
  ["nobody was killed", { workersKilled: 0 }],
  ["who was killed held nothing", { killedHeldLeases: 0 }],
  ["there was no merge", { shardsCreated: 2 }],
  ["a worker failed", { failures: ["worker-2: the process ended with code 1"] }],
])("a demo is not good when %s", (_what, change) => {
  expect(isGood(good)).toBe(true);
  expect(isGood({ ...good, ...change })).toBe(false);
});

const skipped = { onFailure: "skip", failing: 9, givenUp: 9 } as const;
const halted = { onFailure: "halt", failing: 9, halts: 4 } as const;

test.each<[string, Partial<DemoResult>, string]>([
  ["skip", skipped, "but for 9 that were skipped as asked, and told (25.0 s)"],
  ["dead-letter", { ...skipped, onFailure: "dead-letter" }, "but for 9 that are dead letters"],
  ["halt", halted, "after 4 halts and a mended handler; nothing was skipped"],
])("a demo whose handlers fail says what became of that: %s", (_how, change, verdict) => {
  const plain = styleOf({ isTTY: false } as NodeJS.WriteStream, {});
  const input = { name: "lines", lines: [], keys: [] };
  expect(isGood({ ...good, ...change })).toBe(true);
  expect(summaryOf({ ...good, ...change }, input, new LeaseLog(() => 0), plain)).toContain(verdict);
});

test.each<[string, Partial<DemoResult>]>([
  ["more was skipped than was to be", { ...skipped, givenUp: 10 }],
  ["less was skipped than was to be", { ...skipped, givenUp: 8 }],
  ["something was skipped that was to wait", { ...halted, givenUp: 1 }],
  ["something was skipped that nobody asked for", { givenUp: 1 }],
  ["nothing was halted", { ...halted, halts: 0 }],
  ["nothing failed", { ...skipped, failing: 0, givenUp: 0 }],
])("a demo whose handlers fail is not good when %s", (_what, change) => {
  expect(isGood({ ...good, ...change })).toBe(false);
});

test("the summary tells every figure that decides, and the verdict", () => {
  const plain = styleOf({ isTTY: false } as NodeJS.WriteStream, {});
  const input = { name: "apache_logs", lines: [], keys: [] };
  const text = summaryOf(good, input, new LeaseLog(() => 0), plain);
  expect(text).toContain("10,000 lines of apache_logs");
  expect(text).toMatch(/in +10,000 put, 500 records\/s/);
  expect(text).toMatch(/out +10,000 processed, 400 records\/s/);
  expect(text).toMatch(/lost +0\n/);
  expect(text).toMatch(/out of order +0\n/);
  expect(text).toMatch(/twice +6, of at most 6 /);
  expect(text).toMatch(/read +by polling\n/);
  expect(text).toMatch(/handled +one call at a time for each shard, ordering "shard"\n/);
  expect(text).toMatch(/10\.0 user records in each of 1,000 Kinesis records/);
  expect(text).toMatch(/4 before, 4 open after, 3 created on the way/);
  expect(text).toMatch(/2\.4 s from the kill to the last of 2 leases \(failover 2 s\)/);
  expect(text).toContain("every record arrived, each key in its order (25.0 s)");
  expect(summaryOf({ ...good, lost: 1 }, input, new LeaseLog(() => 0), plain)).toContain(
    "something is wrong",
  );
});

test("with ordering none a record may be out of order, and the summary says so", () => {
  const plain = styleOf({ isTTY: false } as NodeJS.WriteStream, {});
  const result = {
    ...good,
    read: "auto",
    concurrency: 8,
    ordering: "none",
    outOfOrderPerKey: 3,
    deliveredByPolling: 1000,
    deliveredByFanOut: 9006,
  } as const;
  expect(isGood(result)).toBe(true);
  const input = { name: "lines", lines: [], keys: [] };
  const text = summaryOf(result, input, new LeaseLog(() => 0), plain);
  expect(text).toMatch(/out of order +3, which is as it may be with ordering "none"\n/);
  expect(text).toMatch(
    /read +by auto: 9,006 records while their shard was subscribed to, 1,000 while it was polled\n/,
  );
  expect(text).toMatch(/handled +up to 8 calls at a time for each shard, ordering "none"\n/);
  expect(text).toContain("every record arrived, in whatever order (25.0 s)");
});
