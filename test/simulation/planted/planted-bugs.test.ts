// The list of planted bugs keeps up with the sources; whether each is caught is shown by npm run planted.
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { CI_SEEDS, plant } from "./planted-bug.ts";
import { PLANTED_BUGS } from "./planted-bugs.ts";

const REPOSITORY = resolve(import.meta.dirname, "../../..");

test("thirty-nine bugs are planted, each under a name of its own", () => {
  expect(new Set(PLANTED_BUGS.map(({ name }) => name)).size).toBe(39);
});

test.each(PLANTED_BUGS)("there is a place for: $name", (bug) => {
  const files = plant(bug, REPOSITORY);
  expect([...files.keys()]).toEqual([...new Set(bug.edits.map(({ file }) => file))]);
  expect(bug.fromSeed).toBeGreaterThanOrEqual(1);
  expect(bug.fromSeed).toBeLessThanOrEqual(CI_SEEDS);
});

test.each([
  ["is not there", "no such text", "not at all"],
  ["stands there twice", "export", "more than once"],
])("a text to replace that %s is told", (_, find, problem) => {
  const edit = { file: "packages/core/src/index.ts", find, replace: "" };
  const bug = { name: "a bug", edits: [edit], caughtBy: "a checker", fromSeed: 1 };
  expect(() => plant(bug, REPOSITORY)).toThrow(
    `"a bug" cannot be planted: packages/core/src/index.ts holds the text to replace ${problem}`,
  );
});
