// Numbers as a person reads them.
import { expect, test } from "vitest";
import {
  bytes,
  countOf,
  duration,
  retention,
  share,
  shardNumber,
  shardNumbers,
} from "../../page/format.js";

test.each([
  [0, "0 B"],
  [1023, "1,023 B"],
  [1024, "1 KiB"],
  [1280, "1.3 KiB"],
  [1_048_576, "1 MiB"],
  [1_153_434, "1.1 MiB"],
  [53_477_376, "51 MiB"],
  [1023.9 * 1024, "1,024 KiB"],
  [2 ** 60, "1,048,576 TiB"],
])("%d bytes are %s", (value, text) => {
  expect(bytes(value)).toBe(text);
});

test.each([
  [0, "0 %"],
  [1, "100 %"],
  [0.455, "46 %"],
  [1 / 16, "6.3 %"],
  [1 / 500, "0.2 %"],
])("%d is %s", (value, text) => {
  expect(share(value)).toBe(text);
});

test.each([
  [1, "0.0 s"],
  [6140, "6.1 s"],
  [45_400, "45 s"],
  [200_000, "3 min 20 s"],
  [18_420_000, "5 h 7 min"],
])("%d ms are %s", (value, text) => {
  expect(duration(value)).toBe(text);
});

test("retention is told in days where it is whole days", () => {
  expect([24, 25, 168, 8760].map(retention)).toEqual([
    "24 hours",
    "25 hours",
    "7 days",
    "365 days",
  ]);
});

test("shards are told by number, those in a row together, and odd ids as they are", () => {
  const id = (index: number): string => `shardId-${String(index).padStart(12, "0")}`;
  expect([shardNumber(id(0)), shardNumber(id(120)), shardNumber("<b>")]).toEqual([
    "0",
    "120",
    "<b>",
  ]);
  expect(shardNumbers([0, 1, 2, 4, 10, 11].map(id))).toBe("0–2, 4, 10–11");
  expect(shardNumbers([])).toBe("");
  expect([countOf(1, "shard"), countOf(1200, "shard")]).toEqual(["1 shard", "1,200 shards"]);
});
