// docs/guarantees.md and the checkers say the same.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const CHECKERS = new URL("checkers/", import.meta.url);
const GUARANTEES = new URL("../../docs/guarantees.md", import.meta.url);

/** How a checker calls itself: by its name, or in what it throws. */
const NAME = /(?:readonly name = |new BrokenInvariant\(\s*)"([^"]+)"/g;
/** The last column of a table. */
const HELD_BY = /\| `([^`]+)` *\|$/gm;

function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name]) => name ?? "");
}

const inCode = readdirSync(CHECKERS)
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .flatMap((file) => namesIn(readFileSync(new URL(file, CHECKERS), "utf8"), NAME));
const world = readFileSync(new URL("world.ts", import.meta.url), "utf8");
const inDocs = namesIn(readFileSync(GUARANTEES, "utf8"), HELD_BY);

test("every checker holds a guarantee that is written down, and every guarantee has its checker", () => {
  const names = new Set([...inCode, ...namesIn(world, NAME)]);
  expect(new Set(inDocs)).toEqual(names);
});

test("no guarantee is written down twice", () => {
  expect(inDocs).toHaveLength(new Set(inDocs).size);
});
