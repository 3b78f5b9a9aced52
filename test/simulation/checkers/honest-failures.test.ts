import { expect, test } from "vitest";
import { HonestFailures } from "./honest-failures.ts";
import { entry, landedRecord, show } from "./shown.ts";

const landed = entry("landed", { records: [landedRecord(0)] });
const maybe = entry("failed", { mayHaveBeenWritten: true });

test("what failed for certain was not stored before, and is not later", () => {
  const before = new HonestFailures();
  show(before, entry("put"), landed);
  expect(() => show(before, entry("failed"))).toThrow(
    "honest failures: a/0 failed with RECORD_EXPIRED, for certain, and is stored",
  );
  const later = new HonestFailures();
  show(later, entry("put"), entry("failed"));
  expect(() => show(later, landed)).toThrow("a/0 had failed for certain, and is stored on shard");
});

test("what failed perhaps may be stored, as may what has a receipt and what the network repeats", () => {
  const checker = new HonestFailures();
  show(checker, entry("put"), landed, maybe, landed);
  const other = new HonestFailures();
  show(other, entry("put"), landed, entry("stored"), landed);
  const repeated = new HonestFailures();
  show(repeated, entry("put"), { ...landed, isRepeat: true }, entry("failed"));
  show(repeated, { ...landed, isRepeat: true });
});
