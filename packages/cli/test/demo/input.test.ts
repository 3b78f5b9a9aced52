import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { clickStream } from "../../src/demo/click-stream.ts";
import { dataOf, indexOf, readInput } from "../../src/demo/input.ts";

async function fileOf(bytes: Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "shardline-input-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "lines");
  await writeFile(path, bytes);
  return path;
}

test("a line's key is its first word, whatever its bytes are", async () => {
  const path = await fileOf(
    Buffer.from("first order\n  second\n\n\xff\xfe x\n\tone\ttwo", "latin1"),
  );
  const { keys, name } = await readInput(path);
  expect(keys).toEqual(["first", "second", "(no word)", "\xff\xfe", "one"]);
  expect(name).toBe("lines");
});

test("a first word longer than a key may be is cut", async () => {
  const { keys } = await readInput(await fileOf(Buffer.alloc(400, "k")));
  expect(keys).toEqual(["k".repeat(256)]);
});

test("a record's data holds the number of its line, and the line's own bytes", async () => {
  const input = await readInput(await fileOf(Buffer.from("a\tb\n\xff\x00", "latin1")));
  expect(dataOf(input, 0).toString()).toBe("0\ta\tb");
  expect(indexOf(dataOf(input, 0))).toBe(0);
  expect(dataOf(input, 1)).toEqual(Buffer.from("1\t\xff\x00", "latin1"));
  expect(indexOf(dataOf(input, 1))).toBe(1);
});

test("without a file, it is the same click stream every time", async () => {
  const { keys, lines } = await readInput(undefined);
  expect(lines).toHaveLength(20_000);
  expect(clickStream(3)).toEqual(lines.slice(0, 3));
  expect(lines[0]?.toString()).toMatch(
    /^visitor-\d+ 2026-11-21T08:00:00\.\d{3}Z GET \/\S* \d+ms \S+$/,
  );
  // Some visitors are busy, and most are not.
  expect(new Set(keys).size).toBeGreaterThan(300);
  expect(keys.filter((key) => key === "visitor-0").length).toBeGreaterThan(10 * (20_000 / 400));
});
