// A read that comes too soon must not pass.
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { ReadRate } from "./read-rate.ts";
import { entry, show } from "./shown.ts";

const read = (localMs: number, shardId = "shard"): EntryOf<"read"> =>
  entry("read", { localMs, shardId });

test("reads of a shard are as far apart as the worker was told", () => {
  const checker = new ReadRate(5);
  show(checker, read(0), read(1, "other"), read(200));
  expect(() => show(checker, read(399))).toThrow("w reads shard 199 ms after its last read, 200");
});

test("the first read under a new lease may come at once", () => {
  const checker = new ReadRate(5);
  show(checker, read(0), entry("lease", { fields: { shardId: "shard" } }), read(1));
});
