// A halted shard that does not rest must not pass.
import type { Position } from "@shardline/core";
import { expect, test } from "vitest";
import type { EntryOf, TimedEntry } from "../evidence/journal-entry.ts";
import { HaltedShard } from "./halted-shard.ts";
import { entry, lease, show } from "./shown.ts";

const at = (number: number): Position => {
  return { sequenceNumber: String(number), subSequenceNumber: 0 };
};
const told = (what: string, fields: object = {}): EntryOf<"lease"> =>
  entry("lease", { what, fields: { shardId: "shard", ...fields } });
const halt = told("shardHalted", { ...at(5), retryAfterMs: 1000 });
const owned = lease("shard", { owner: "w", counter: 1, checkpoint: at(4) });
const write = (fields: Partial<typeof owned>, before = owned): EntryOf<"table"> =>
  entry("table", { before, after: { ...before, counter: 2, ...fields }, sentAtMs: 1 });
const asked = (patch: EntryOf<"asked">["move"]["patch"]): EntryOf<"asked"> =>
  entry("asked", { move: { expect: {}, patch } });

/** Shows entries while the process's clock stands at a time, which the halt begins. */
function showAt(nowMs: number, ...entries: readonly TimedEntry[]): void {
  showUnder("shard", nowMs, ...entries);
}

function showUnder(
  ordering: "shard" | "partition-key",
  nowMs: number,
  ...entries: readonly TimedEntry[]
): void {
  let timeMs = 0;
  const checker = new HaltedShard(() => timeMs, ordering);
  show(checker, halt);
  timeMs = nowMs;
  show(checker, ...entries);
  timeMs += 5001;
  checker.look();
}

test("a delivery before the rest is over is seen, unless an operator ended it", () => {
  const delivered = entry("delivered");
  expect(() => showAt(900, delivered)).toThrow("w delivers from shard 100 ms too early");
  showAt(1000, delivered);
  showAt(10, told("retryShard"), delivered);
  showAt(10, told("shardResumed", at(5)), delivered);
  showAt(10, entry("delivered", { shardId: "other" }), entry("delivered", { process: "v" }));
});

test("a checkpoint at the record or behind it is seen while the shard rests", () => {
  expect(() => showAt(10, asked({ checkpoint: at(5) }))).toThrow("w checkpoints shard at 5#0");
  showAt(10, asked({ checkpoint: at(4) }));
  showAt(1000, entry("delivered"), asked({ checkpoint: at(5) }));
});

test("that the table is told of another halt than there is is seen", () => {
  expect(() => showAt(10, asked({ haltedAt: at(6) }))).toThrow("tells that shard is halted at 6#0");
  expect(() => showAt(10, asked({ haltedAt: null }))).toThrow("tells that shard is halted nowhere");
  const over = told("shardResumed", at(5));
  expect(() => showAt(10, over, asked({ haltedAt: at(5) }))).toThrow("it is not halted");
  showAt(10, asked({ haltedAt: at(5) }), over, asked({ haltedAt: null }));
});

test("a renewal that does not tell of the halt is seen", () => {
  const renewed = (fields: Partial<typeof owned>, localMs = 1): TimedEntry[] => [
    { ...asked({ counter: 2 }), localMs },
    { ...write(fields), sentAtMs: localMs },
  ];
  expect(() => showAt(10, ...renewed({}))).toThrow(
    "w renews shard and does not tell that it is halted",
  );
  showAt(10, ...renewed({ haltedAt: at(5) }), ...renewed({}, 0));
});

test("a checkpoint that the application repeats at the place where it was is no renewal", () => {
  showAt(10, asked({ counter: 2, checkpoint: at(4) }), write({}));
  const earlier = { ...asked({ counter: 1 }), localMs: 0.5 };
  showAt(10, earlier, asked({ counter: 2, checkpoint: at(4) }), write({}));
});

test("a lease that is given up unasked is seen, unless its worker drains or ends", () => {
  const wanted = { ...owned, wantedBy: "v" };
  const given = { owner: "v" };
  expect(() => showAt(10, write(given))).toThrow("w gives shard up: halted at 5#0");
  showAt(10, write(given, wanted));
  showAt(10, told("draining"), write(given));
  showAt(10, write(given), told("draining"));
  showAt(10, write(given), entry("life", { process: "w", what: "killed" }));
});

test("of two leases that are given up unasked each is seen, whichever stream ends", () => {
  const [a, b] = ["1:a:1:shard", "1:b:1:shard"];
  const give = (key: string): readonly TimedEntry[] => [
    told("shardHalted", { ...at(5), retryAfterMs: 1000, shardId: key }),
    entry("table", { key, before: lease(key, { owner: "w" }), after: lease(key), sentAtMs: 1 }),
  ];
  const failed = (stream: string): EntryOf<"lease"> => told("streamFailed", { stream });
  const late = 40_000;
  const show40s = (...entries: readonly TimedEntry[]): void => {
    let timeMs = 0;
    const checker = new HaltedShard(() => timeMs, "shard");
    show(checker, ...entries);
    timeMs = late;
    checker.look();
  };
  expect(() => show40s(...give(a), ...give(b), failed("b"))).toThrow(`w gives ${a} up`);
  expect(() => show40s(...give(a), ...give(b), failed("a"))).toThrow(`w gives ${b} up`);
  show40s(...give(a), ...give(b), failed("a"), failed("b"));
});

test("a worker that stands still has that time, too", () => {
  const given = write({ owner: "v" });
  const paused = entry("life", { process: "w", what: "paused", forMs: 1000 });
  showAt(10, given, paused);
  expect(() => showAt(10, given, { ...paused, forMs: 0 })).toThrow("w gives shard up");
});

test("one that begins under the name of another that was killed rests nowhere", () => {
  showAt(10, entry("life", { process: "w", what: "killed" }), asked({ haltedAt: null }));
});

test("where calls are made side by side a record rests, and the others go on", () => {
  const first = entry("delivered", { position: at(5) });
  const other = entry("delivered", { position: at(7) });
  showUnder("partition-key", 10, other);
  expect(() => showUnder("partition-key", 10, other, first)).toThrow("990 ms too early");
  expect(() => showUnder("partition-key", 10, other, asked({ checkpoint: at(5) }))).toThrow(
    "w checkpoints shard at 5#0",
  );
});

test("of several that rest the table is told of the first, and an operator leaves that out", () => {
  const before = told("shardHalted", { ...at(3), retryAfterMs: 1000 });
  const first = entry("delivered", { position: at(3) });
  const second = entry("delivered", { position: at(5) });
  const halts = (...entries: readonly TimedEntry[]): void =>
    showUnder("partition-key", 10, before, ...entries);
  halts(asked({ haltedAt: at(3) }), told("shardResumed", at(3)), asked({ haltedAt: at(5) }));
  expect(() => halts(asked({ haltedAt: at(5) }))).toThrow("tells that shard is halted at 5#0");
  halts(told("skipRecord"), first);
  expect(() => halts(told("skipRecord"), second)).toThrow("too early");
  halts(told("retryShard"), first, second);
});
