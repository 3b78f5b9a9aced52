import { expect, test } from "vitest";
import { entry, show } from "./shown.ts";
import { SettlesOnce } from "./settles-once.ts";

const settlesOnce = (): SettlesOnce => new SettlesOnce((process) => process !== "killed");

test("a record is settled once, by a receipt or by an error", () => {
  for (const how of ["stored", "failed"] as const) {
    const checker = settlesOnce();
    show(checker, entry("put"), entry(how));
    expect(() => show(checker, entry(how))).toThrow("settles once: a/0 is settled again");
    expect(() => checker.atEnd()).not.toThrow();
  }
});

test("in the end every record is settled, but for those of a producer that was killed", () => {
  const checker = settlesOnce();
  show(checker, entry("put", { process: "killed" }));
  expect(() => checker.atEnd()).not.toThrow();
  show(checker, entry("put"));
  expect(() => checker.atEnd()).toThrow("1 records of p are not settled, first a/0");
});

test("a closed producer has counted what it told, and none that it refused at the door", () => {
  const checker = settlesOnce();
  const other = { record: { key: "a", number: 1 } };
  show(checker, entry("put"), entry("put", other), entry("stored"));
  show(checker, entry("failed", { ...other, code: "BUFFER_FULL" }));
  show(checker, entry("closed", { stored: 1, failed: 0 }));
  expect(() => show(checker, entry("closed", { stored: 1, failed: 1 }))).toThrow(
    "p counts 1 stored and 1 failed; it has told of 1 and 0, 0 of these taken back",
  );
  expect(() => show(checker, entry("closed", { stored: 0, failed: 1 }))).toThrow("p counts 0");
});

test("one that was taken back counts for what became of it", () => {
  const checker = settlesOnce();
  show(checker, entry("put"), entry("failed", { code: "RECORD_ABORTED" }));
  show(checker, entry("closed", { stored: 1, failed: 0 }));
  show(checker, entry("closed", { stored: 0, failed: 1 }));
  expect(() => show(checker, entry("closed", { stored: 0, failed: 0 }))).toThrow("p counts 0");
});
