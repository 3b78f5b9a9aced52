// One call too many must not pass.
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { CallsAtATime } from "./calls-at-a-time.ts";
import { entry, show } from "./shown.ts";

const begins = (call: number, fields: Partial<EntryOf<"delivered">> = {}): EntryOf<"delivered"> =>
  entry("delivered", { call, ...fields });
const ends = (call: number): EntryOf<"left"> => entry("left", { call });

test("a call beside as many as there may be is seen", () => {
  expect(() => show(new CallsAtATime(1), begins(1), begins(2))).toThrow(
    "calls at a time: w makes 2 calls at a time for shard, of at most 1",
  );
  const three = [begins(1), begins(2), begins(3)];
  show(new CallsAtATime(3), ...three, ends(2), begins(4));
  expect(() => show(new CallsAtATime(3), ...three, begins(4))).toThrow("w makes 4 calls");
});

test("one that hangs beyond the end of its lease counts beside those of the next", () => {
  const next = begins(2, { epoch: 2 });
  expect(() => show(new CallsAtATime(1), begins(1), next)).toThrow("w makes 2 calls");
});

test("records of one call are one, and shards and processes are apart", () => {
  const others = [begins(2, { shardId: "other" }), begins(3, { process: "v" })];
  show(new CallsAtATime(1), begins(1), begins(1, { isFirst: false }), ...others);
  const again = entry("life", { process: "w", what: "started" });
  show(new CallsAtATime(1), begins(1), again, begins(2));
});
