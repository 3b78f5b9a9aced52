import * as fc from "fast-check";
import { expect, test } from "vitest";
import { linesOf } from "../src/lines.ts";

async function* chunksOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const size of sizes) {
    yield bytes.subarray(from, from + size);
    from += size;
  }
  yield bytes.subarray(from);
}

async function read(bytes: Buffer, sizes: readonly number[] = []): Promise<Buffer[]> {
  return all(linesOf(chunksOf(bytes, sizes)));
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test.each([
  ["nothing", "", []],
  ["a line without a newline at its end", "one", ["one"]],
  ["a newline at the end begins no line", "one\n", ["one"]],
  ["empty lines are lines", "\n\none\n\n", ["", "", "one", ""]],
  ["a carriage return belongs to its line", "one\r\ntwo", ["one\r", "two"]],
])("%s", async (_what, text, lines) => {
  expect((await read(Buffer.from(text))).map(String)).toEqual(lines);
});

test("texts are taken for UTF-8", async () => {
  async function* texts(): AsyncGenerator<string> {
    yield "caf";
    yield "é\n☃";
  }
  expect((await all(linesOf(texts()))).map(String)).toEqual(["café", "☃"]);
});

test("any bytes come out as they went in, however they are cut", async () => {
  const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => {
    // Newlines are rare among 256 values.
    return Buffer.from(array.map((byte) => (byte < 60 ? 0x0a : byte)));
  });
  const sizes = fc.array(fc.nat({ max: 9 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(bytes, sizes, async (input, cuts) => {
      const lines = await read(input, cuts);
      const joined = Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")]));
      const whole = input.at(-1) === 0x0a || input.length === 0 ? input : [...input, 0x0a];
      expect([...joined]).toEqual([...whole]);
    }),
  );
});
