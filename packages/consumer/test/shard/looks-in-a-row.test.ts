import { expect, test } from "vitest";
import { LooksInARow } from "../../src/shard/looks-in-a-row.ts";

test("54 hole-confidence: only what is seen in two looks in a row counts", () => {
  const looks = new LooksInARow();
  expect([...looks.note(["a", "b"])]).toEqual([]);
  expect([...looks.note(["b", "c"])]).toEqual(["b"]);
  expect([...looks.note(["a"])]).toEqual([]);
  expect([...looks.note([])]).toEqual([]);
  expect([...looks.note(["a"])]).toEqual([]);
  expect([...looks.note(["a"])]).toEqual(["a"]);
  expect([...looks.note(["a"])]).toEqual(["a"]);
});
