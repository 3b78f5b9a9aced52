import { appendFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { deadLetterFile } from "../../src/dead-letter/index.ts";
import { bytesIn, jsonOf, letterOf, SIGNAL } from "./letters.ts";

let path: string;

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "shardline-letters-"));
  path = join(folder, "letters.ndjson");
  onTestFinished(() => rm(folder, { recursive: true }));
});

async function lines(): Promise<string[]> {
  const text = await readFile(path, "utf8");
  expect(text.endsWith("\n")).toBe(true);
  return text.slice(0, -1).split("\n");
}

test("each letter is a line with all that is known, the error in words and the data as base64", async () => {
  const sink = deadLetterFile(path);
  const { data, error: _, ...fields } = letterOf();
  await sink(letterOf(), SIGNAL);
  await sink(letterOf({ subSequenceNumber: 8 }), SIGNAL);
  const [first, second] = (await lines()).map(jsonOf);
  expect(first).toMatchObject({
    ...fields,
    error: { name: "Error", message: "no such\ncustomer" },
  });
  expect(bytesIn(first ?? {})).toEqual(data);
  expect(second).toMatchObject({ subSequenceNumber: 8 });
});

test("letters of several shards at the same time come one after the other, none lost or mixed", async () => {
  const sink = deadLetterFile(pathToFileURL(path));
  const data = new Uint8Array(20_000).fill(7);
  const letters = Array.from({ length: 6 }, (_, i) => letterOf({ subSequenceNumber: i, data }));
  await Promise.all(letters.map(async (letter) => sink(letter, SIGNAL)));
  const written = (await lines()).map(jsonOf);
  expect(written.map((json) => json["subSequenceNumber"])).toEqual(letters.map((_, i) => i));
  for (const json of written) expect(bytesIn(json)).toEqual(data);
});

test("the data may be overwritten as soon as the sink was called", async () => {
  const data = new Uint8Array([1, 2, 3]);
  const taken = deadLetterFile(path)(letterOf({ data }), SIGNAL);
  data.fill(9);
  await taken;
  expect((await lines()).map(jsonOf).map(bytesIn)).toEqual([new Uint8Array([1, 2, 3])]);
});

test("a piece of a line that an earlier writer left keeps to itself", async () => {
  await writeFile(path, '{"stream":"ord');
  await deadLetterFile(path)(letterOf(), SIGNAL);
  const [piece, whole] = await lines();
  expect(piece).toBe('{"stream":"ord');
  expect(jsonOf(whole ?? "")).toMatchObject({ stream: "orders" });
});

test("a file that was moved away is begun anew", async () => {
  const sink = deadLetterFile(path);
  await sink(letterOf(), SIGNAL);
  await rename(path, `${path}.1`);
  await sink(letterOf({ attempts: 6 }), SIGNAL);
  expect((await lines()).map(jsonOf)).toMatchObject([{ attempts: 6 }]);
});

test("a file that cannot be written to rejects, and the next letter is taken when it can", async () => {
  const sink = deadLetterFile(join(path, "below"));
  await expect(sink(letterOf(), SIGNAL)).rejects.toMatchObject({ code: "ENOENT" });
  await appendFile(path, "");
  await expect(sink(letterOf(), SIGNAL)).rejects.toMatchObject({ code: "ENOTDIR" });
  await rm(path);
  await mkdir(path);
  await sink(letterOf(), SIGNAL);
  path = join(path, "below");
  expect(await lines()).toHaveLength(1);
});

describe("whatever a handler threw can be told:", () => {
  const odd: Error & { code?: unknown } = Object.assign(new Error("odd"), { code: 7 });
  const hostile = {
    toString: (): string => {
      throw new Error("not even that");
    },
  };
  const lying = Object.defineProperty(new Error("x"), "message", {
    get: () => {
      throw new Error("not even that");
    },
  });
  const loop = new Error("loop");
  loop.cause = loop;
  test.each<[string, unknown, object]>([
    ["a text", "no", { name: "string", message: "no" }],
    ["nothing", undefined, { name: "undefined", message: "undefined" }],
    ["a symbol", Symbol("s"), { name: "symbol", message: "Symbol(s)" }],
    ["an object without a prototype", Object.create(null), { name: "unknown" }],
    ["an object that throws", hostile, { name: "unknown" }],
    ["an error that throws", lying, { name: "unknown" }],
    ["a code that is no text", odd, { name: "Error", message: "odd" }],
    ["its own cause", loop, { message: "loop", cause: { message: "loop", cause: {} } }],
    ["a very long message", new Error("x".repeat(1e6)), { message: "x".repeat(4000) }],
  ])("%s", async (_, error, told) => {
    await deadLetterFile(path)(letterOf({ error }), SIGNAL);
    const [line] = (await lines()).map(jsonOf);
    expect(line?.["error"]).toMatchObject(told);
  });

  test("anything", () => {
    const write = (error: unknown): Promise<void> | void =>
      deadLetterFile(path)(letterOf({ error }), SIGNAL);
    return fc.assert(
      fc.asyncProperty(fc.anything({ withNullPrototype: true }), async (error) => {
        await rm(path, { force: true });
        await write(error);
        expect(await lines()).toHaveLength(1);
      }),
      { numRuns: 20 },
    );
  });
});
