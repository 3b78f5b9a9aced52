import { AggregateBuilder } from "@shardline/aggregation";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readBlobs } from "../../src/decode/blobs.ts";

function aggregateOf(...texts: readonly string[]): Buffer {
  const builder = new AggregateBuilder();
  for (const text of texts) builder.add("key", undefined, text);
  return Buffer.from(builder.encode());
}

const aggregate = aggregateOf("one", "two", "three", "x".repeat(200));
const plain = Buffer.from("some data of a user");

/** As `base64` and `xxd -p` do. */
function lines(text: string, columns: number): string {
  return `${text.match(new RegExp(`.{1,${columns}}`, "g"))?.join("\n")}\n`;
}

test("bytes of any kind are read back from base64 and hex, in both alphabets and cases, padded or not", () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 100 }).map((data) => Buffer.from(data));
  fc.assert(
    fc.property(bytes, (data) => {
      const base64 = [
        data.toString("base64"),
        data.toString("base64url"),
        data.toString("base64").replace(/=+$/, ""),
      ];
      for (const text of base64) {
        expect(readBlobs(Buffer.from(text), "base64")).toEqual([{ readAs: "base64", data }]);
      }
      for (const text of [data.toString("hex"), data.toString("hex").toUpperCase()]) {
        expect(readBlobs(Buffer.from(text), "hex")).toEqual([{ readAs: "hex", data }]);
      }
      expect(readBlobs(data, "raw")).toEqual([{ readAs: "raw", data }]);
    }),
  );
});

test.each([
  ["raw", aggregate],
  ["base64", Buffer.from(`${aggregate.toString("base64")}\n`)],
  ["hex", Buffer.from(`  ${aggregate.toString("hex")}\r\n`)],
])("an aggregate that comes %s is found to be so", (readAs, input) => {
  expect(readBlobs(input, "auto")).toEqual([{ readAs, data: aggregate }]);
});

test("what could be hex and base64 is read as hex, which no aggregate in base64 could be", () => {
  expect(readBlobs(Buffer.from("abcdef01"), "auto")[0]?.readAs).toBe("hex");
  expect(aggregate.toString("base64")).toMatch(/^84maw/);
});

test("several words are several blobs, each in its own form", () => {
  const words = [aggregate.toString("base64"), plain.toString("hex"), plain.toString("base64")];
  expect(readBlobs(Buffer.from(words.join("\t")), "auto")).toEqual([
    { readAs: "base64", data: aggregate },
    { readAs: "hex", data: plain },
    { readAs: "base64", data: plain },
  ]);
});

test.each([
  ["base64", 76],
  ["hex", 60],
] as const)("%s that was broken into lines of %d is one blob", (readAs, columns) => {
  const input = Buffer.from(lines(aggregate.toString(readAs), columns));
  for (const form of ["auto", readAs]) {
    expect(readBlobs(input, form as "auto")).toEqual([{ readAs, data: aggregate }]);
  }
});

test("lines of the same length that are aggregates by themselves stay apart", () => {
  const line = aggregate.toString("base64");
  const blob = { readAs: "base64", data: aggregate };
  expect(readBlobs(Buffer.from(`${line}\n${line}\n`), "auto")).toEqual([blob, blob]);
});

test("what is no text of that kind is one blob as it is", () => {
  for (const text of ["some data of a user", "{}", "abc\0", "a", "a===", "ab=", "abcde"]) {
    const data = Buffer.from(text);
    expect(readBlobs(data, "auto"), text).toEqual([{ readAs: "raw", data }]);
  }
});

test("ten megabytes of base64 are read", () => {
  const data = Buffer.alloc(10 * 1024 * 1024, "data of a user");
  const [blob] = readBlobs(Buffer.from(data.toString("base64")), "auto");
  expect(blob?.data.equals(data)).toBe(true);
});

test("a word in another form than the one asked for is named by its number", () => {
  const input = Buffer.from("00ff 0g");
  expect(() => readBlobs(input, "hex")).toThrow("word 2 of the input is not hex");
  expect(() => readBlobs(Buffer.from("a=b"), "base64")).toThrow(
    "word 1 of the input is not base64",
  );
});

test("without input there is no blob", () => {
  expect(readBlobs(Buffer.alloc(0), "auto")).toEqual([]);
  expect(readBlobs(Buffer.from("\n\n"), "base64")).toEqual([]);
});
