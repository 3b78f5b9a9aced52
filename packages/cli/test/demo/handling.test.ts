import { expect, test } from "vitest";
import { restingPartOf } from "../../src/demo/handling.ts";

test.each([
  ["shard", "shard-1"],
  ["partition-key", "a key of shard-1"],
  ["none", "a record of shard-1"],
] as const)("with ordering %s, %s rests", (ordering, part) => {
  expect(restingPartOf("shard-1", ordering)).toBe(part);
});
