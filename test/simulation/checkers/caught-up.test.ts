// A checkpoint that stays behind is seen.
import { sentinelPosition, SHARD_END } from "@shardline/core";
import { expect, test } from "vitest";
import { StoredRecords } from "../evidence/stored-records.ts";
import { laggingLeases } from "./caught-up.ts";
import { entry, landedRecord, lease, show } from "./shown.ts";

test("a checkpoint reaches the last record of its shard, whether that belongs there or not", () => {
  const stored = new StoredRecords();
  const last = { ...landedRecord(1, 1), isInRange: false };
  show(stored, entry("landed", { records: [landedRecord(0), last] }));
  const at = (subSequenceNumber: number) => ({ sequenceNumber: "1", subSequenceNumber });
  expect(laggingLeases([lease("shard"), lease("empty")], stored)).toEqual(["shard"]);
  expect(laggingLeases([lease("shard", { checkpoint: at(0) })], stored)).toEqual(["shard"]);
  expect(laggingLeases([lease("shard", { checkpoint: at(1) })], stored)).toEqual([]);
  expect(laggingLeases([lease("shard", { checkpoint: SHARD_END })], stored)).toEqual([]);
  const latest = { checkpoint: sentinelPosition("LATEST") };
  expect(laggingLeases([lease("shard", latest), lease("empty", latest)], stored)).toEqual([
    "shard",
  ]);
});
