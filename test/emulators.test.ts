// The comparison of emulators: each claim of ours names tests, and each of them is there.
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { expect, test } from "vitest";

const PAGE = resolve(import.meta.dirname, "../docs/emulators.md");
/** As in `[^name]: [file.test.ts](../path/file.test.ts), "title of the test"`. */
const NOTE = /^\[\^([\w-]+)\]: \[[^\]]+\]\(([^)]+\.test\.ts)\), (".+")$/;
const REFERENCE = /\[\^([\w-]+)\]/g;

interface Note {
  readonly name: string;
  readonly file: string;
  /** With its quotes, as it stands in the source. */
  readonly title: string;
}

function notesOf(lines: readonly string[]): Note[] {
  return lines.flatMap((line) => {
    const [, name, file, title] = NOTE.exec(line) ?? [];
    if (name === undefined || file === undefined || title === undefined) return [];
    return [{ name, file, title }];
  });
}

/** Whether a file has a test of a title, and it is run: `test(` or `test.each(…)(` stands before it, and nothing else. */
function hasTest(source: string, title: string): boolean {
  const [before, after] = source.split(title);
  if (before === undefined || after === undefined) return false;
  const call = before.slice(before.search(/^ *test\b(?![^]*^ *test\b)/m));
  return (
    /^ *test(?:\.each\b[^(]*\([^]*\))?\(\s*$/.test(call) &&
    !/\bdescribe\.(?:skip|todo)/.test(source)
  );
}

/** The cells of our column: the second one, behind the names of the features. */
function claimsOf(lines: readonly string[]): string[] {
  const rows = lines.filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) => row.split("|")[2]?.trim() ?? "");
}

const referencesOf = (text: string): string[] =>
  [...text.matchAll(REFERENCE)].map(([, name]) => name as string);

test("every claim of ours about the emulator names tests, and every test that is named is there", async () => {
  const lines = (await readFile(PAGE, "utf8")).split("\n");
  const notes = notesOf(lines);
  const claims = claimsOf(lines);
  expect(claims.length).toBeGreaterThan(20);
  expect(claims.filter((claim) => referencesOf(claim).length === 0)).toEqual([]);
  expect(new Set(claims.flatMap(referencesOf))).toEqual(new Set(notes.map(({ name }) => name)));
  for (const { file, title } of notes) {
    const source = await readFile(resolve(dirname(PAGE), file), "utf8");
    expect(hasTest(source, title), `${file} has no test ${title}`).toBe(true);
  }
});

test.each([
  ['test("it works", () => {});', true],
  ['test("before", () => {});\n\ntest.each([\n  [1, (2)],\n])(\n  "it works",\n  () => {});', true],
  ['describe("all", () => {\n  test("it works", () => {});\n});', true],
  ['test.skip("it works", () => {});', false],
  ['test.todo("it works");', false],
  ['test.skipIf(true)("it works", () => {});', false],
  ['test.each([1]).skip("it works", () => {});', false],
  ['describe.skip("all", () => {\n  test("it works", () => {});\n});', false],
  ['test("other", () => {\n  expect("it works");\n});', false],
  ['// "it works"', false],
])("of %j it is told that the test runs: %j", (source, runs) => {
  expect(hasTest(source, '"it works"')).toBe(runs);
});
