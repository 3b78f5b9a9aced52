// A workbench is a copy that leaves nothing behind; that it compiles and runs is shown by npm run planted.
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { isSeenBy, readWorldLines } from "./world-line.ts";
import { Workbench } from "./workbench.ts";

const REPOSITORY = resolve(import.meta.dirname, "../../..");
const SOURCE = "packages/consumer/src/index.ts";

test("a workbench holds copies of the sources, and is gone with the last of its use", () => {
  const { signal } = new AbortController();
  const bench = new Workbench(REPOSITORY, signal);
  try {
    expect(readFileSync(join(bench.root, SOURCE))).toEqual(readFileSync(join(REPOSITORY, SOURCE)));
    const linked = join(bench.root, "node_modules/@shardline/consumer/src/index.ts");
    expect(realpathSync(linked)).toBe(join(bench.root, SOURCE));
    expect(existsSync(join(bench.root, "packages/consumer/dist"))).toBe(false);
  } finally {
    bench[Symbol.dispose]();
  }
  expect(existsSync(bench.root)).toBe(false);
});

test("a line that was cut short is not read", () => {
  const lines = '{"seed":1}\n{"seed":2,"broken":"no loss: a/1"}\n{"seed":3,"bro';
  expect(readWorldLines(lines)).toEqual([{ seed: 1 }, { seed: 2, broken: "no loss: a/1" }]);
});

test("a bug counts as seen by the checker that broke, and by no other", () => {
  const seen = { seed: 1, checker: "no loss", broken: "no loss: a/1" };
  expect(isSeenBy("no loss", seen)).toBe(true);
  expect(isSeenBy("balance", seen)).toBe(false);
  expect(isSeenBy("no loss", { ...seen, checker: "checker failed: no loss" })).toBe(false);
  expect(isSeenBy("no loss", { seed: 1 })).toBe(false);
  expect(isSeenBy("no loss", undefined)).toBe(false);
});
