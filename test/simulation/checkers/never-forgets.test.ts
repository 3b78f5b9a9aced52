import { expect, test } from "vitest";
import { NeverForgets } from "./never-forgets.ts";
import { entry, show } from "./shown.ts";

test("a record is settled within its time to live and the time of a call, by its producer's clock", () => {
  let nowMs = 0;
  const producer = { process: { name: "p", nowMs: () => nowMs }, stats: () => ({}) as never };
  const checker = new NeverForgets(30_000, 2000, () => [producer]);
  const later = { record: { key: "a", number: 1 }, localMs: 10_000 };
  show(checker, entry("put"), entry("put", later), entry("put", { process: "killed" }));
  nowMs = 32_000;
  expect(() => checker.look()).not.toThrow();
  nowMs = 32_002;
  expect(() => checker.look()).toThrow("never forgets: a/0 was put 32002 ms ago");
  show(checker, entry("stored"));
  expect(() => checker.look()).not.toThrow();
  nowMs = 42_002;
  expect(() => checker.look()).toThrow("a/1 was put 32002 ms ago");
  show(checker, entry("failed", later));
  expect(() => checker.look()).not.toThrow();
});
