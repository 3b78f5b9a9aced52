// What is published: every package brings its licence and says what it is.
import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");
const read = (...path: readonly string[]): Promise<string> =>
  readFile(resolve(ROOT, ...path), "utf8");

test("every package has the licence that it names, and a page of its own", async () => {
  const packages = await readdir(resolve(ROOT, "packages"));
  expect(packages.length).toBeGreaterThan(0);
  const licence = await read("LICENSE");
  for (const folder of packages) {
    const { license, name } = JSON.parse(await read("packages", folder, "package.json")) as {
      readonly license: string;
      readonly name: string;
    };
    expect(license).toBe("Apache-2.0");
    expect(await read("packages", folder, "LICENSE")).toBe(licence);
    expect(await read("packages", folder, "README.md")).toMatch(new RegExp(`^# ${name}\n`));
  }
});
