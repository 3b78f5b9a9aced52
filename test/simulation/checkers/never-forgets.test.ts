import { expect, test } from "vitest";
import { NeverForgets } from "./never-forgets.ts";
import { entry, show } from "./shown.ts";

/** A checker of producers with 30 s for a record and 2 s for a call, whose clocks run at some rate. */
function at(rate: number) {
  let nowMs = 0;
  const times = { nowMs: () => nowMs, ownTimeMs: () => nowMs * rate };
  const checker = new NeverForgets(30_000, 2000, times);
  const pass = (atMs: number): void => {
    nowMs = atMs;
  };
  /** As the journal does: whatever is due is looked at, again and again. */
  const stepTo = (atMs: number): void => {
    for (; nowMs < atMs; nowMs += 0.5) if (checker.dueAtMs <= nowMs) checker.look();
  };
  return { checker, pass, stepTo };
}

const second = { record: { key: "a", number: 1 }, localMs: 10_000 };

test("a record is settled within its time to live and the time of a call", () => {
  const { checker, stepTo } = at(1);
  show(checker, entry("put"), entry("put", { process: "other" }), entry("put", second));
  stepTo(32_001);
  show(checker, entry("stored"), entry("failed", { process: "other" }));
  stepTo(42_001);
  expect(() => stepTo(42_003)).toThrow("never forgets: a/1 was put 32002 ms ago");
});

test("one that is settled a moment too late is seen, whenever anybody looks", () => {
  for (const kind of ["stored", "failed"] as const) {
    const { checker, pass } = at(1);
    show(checker, entry("put"), entry("put", second));
    pass(32_002);
    expect(() => show(checker, entry(kind))).toThrow("a/0 was put 32002 ms ago");
    expect(() => show(checker, entry(kind, second))).not.toThrow();
  }
});

test.each([0.99, 1.01])("time is the producer's own: its clock runs at %d", (rate) => {
  const { checker, stepTo } = at(rate);
  show(checker, entry("put"));
  stepTo(32_000 / rate);
  expect(() => stepTo(32_004 / rate)).toThrow("a/0 was put 3200");
});

test("a producer that was killed settles nothing", () => {
  const { checker, stepTo } = at(1);
  show(checker, entry("put"), entry("life", { process: "p", what: "killed" }));
  expect(() => stepTo(60_000)).not.toThrow();
});

test("a producer that stands still settles what is due as soon as it runs again", () => {
  const { checker, stepTo } = at(1);
  show(checker, entry("put"));
  show(checker, entry("life", { process: "p", what: "paused", forMs: 50_000 }));
  show(checker, entry("life", { process: "p", what: "paused", forMs: 10_000 }));
  expect(() => stepTo(50_001)).not.toThrow();
  expect(() => stepTo(50_004)).toThrow("a/0 was put 5000");
});
