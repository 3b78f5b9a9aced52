// Two calls that have one key in hand must not pass.
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { OneCallPerKey } from "./one-call-per-key.ts";
import { entry, show } from "./shown.ts";

const begins = (
  call: number,
  partitionKey: string | undefined,
  isFirst = true,
): EntryOf<"delivered"> => entry("delivered", { call, partitionKey, isFirst });

test("a key that is handed out while another call has it is seen", () => {
  expect(() => show(new OneCallPerKey(), begins(1, "a"), begins(2, "a"))).toThrow(
    "one call per key: w has a in two calls at a time, of shard",
  );
  const left = entry("left", { call: 1 });
  show(new OneCallPerKey(), begins(1, "a"), begins(2, "b"), left, begins(3, "a"));
});

test("a call with records of two keys is seen", () => {
  show(new OneCallPerKey(), begins(1, "a"), begins(1, "a", false));
  expect(() => show(new OneCallPerKey(), begins(1, "a"), begins(1, "b", false))).toThrow(
    "w hands out b with another key, of shard",
  );
});

test("records without a key wait for nobody, and shards and processes are apart", () => {
  show(new OneCallPerKey(), begins(1, undefined), begins(2, undefined));
  const others = [{ shardId: "other" }, { process: "v" }].map((where, at) => {
    return { ...begins(2 + at, "a"), ...where };
  });
  show(new OneCallPerKey(), begins(1, "a"), ...others);
});
