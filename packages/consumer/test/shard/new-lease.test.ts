import { sentinelPosition } from "@shardline/core";
import { expect, test } from "vitest";
import { newLease } from "../../src/shard/new-lease.ts";

const SEED = {
  shardId: "shardId-000000000007",
  parentShardIds: ["shardId-000000000003"],
  hashKeyRange: { start: 5n, end: 9n },
  checkpoint: sentinelPosition("TRIM_HORIZON"),
};

test("a new lease is nobody's, has never been written, and is named like its shard", () => {
  expect(newLease(SEED)).toEqual({
    key: "shardId-000000000007",
    shardId: "shardId-000000000007",
    counter: 0,
    ownerSwitches: 0,
    epoch: 0,
    checkpoint: SEED.checkpoint,
    parentShardIds: SEED.parentShardIds,
    childShardIds: [],
    hashKeyRange: SEED.hashKeyRange,
  });
});

test("it notes the time that AT_TIMESTAMP stands for, and no range where the stream has none", () => {
  const seed = { ...SEED, hashKeyRange: undefined, initialTimestampMs: 0 };
  const lease = newLease(seed);
  expect(lease.initialTimestampMs).toBe(0);
  expect(lease).not.toHaveProperty("hashKeyRange");
});
