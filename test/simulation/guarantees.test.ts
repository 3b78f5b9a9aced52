// docs/guarantees.md and what breaks a world say the same.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const SIMULATION = new URL("./", import.meta.url);
const GUARANTEES = new URL("../../docs/guarantees.md", import.meta.url);

/** How a checker calls itself: by its name, or in what it throws. */
const NAME = /(?:readonly name = |(?:new BrokenInvariant|#break)\(\s*)"([^"]+)"/g;
/** The last column of a table. */
const HELD_BY = /\| `([^`]+)` *\|$/gm;
/** A model that fails breaks no promise: it is the model of somebody else's software. */
const NO_PROMISES = ["no model fails"];

function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name]) => name ?? "");
}

const inCode = readdirSync(SIMULATION, { recursive: true, encoding: "utf8" })
  .filter((file) => /(?<!\.test|\.d)\.ts$/.test(file) && !/^(?:dist|node_modules)\b/.test(file))
  .map((file) => readFileSync(new URL(file, SIMULATION), "utf8"))
  .filter((text) => text.includes("BrokenInvariant"))
  .flatMap((text) => namesIn(text, NAME));
const inDocs = namesIn(readFileSync(GUARANTEES, "utf8"), HELD_BY);

test("whatever breaks a world is a guarantee that is written down, and every guarantee has its checker", () => {
  expect(new Set([...inDocs, ...NO_PROMISES])).toEqual(new Set(inCode));
});

test("no guarantee is written down twice", () => {
  expect(inDocs).toHaveLength(new Set(inDocs).size);
});
