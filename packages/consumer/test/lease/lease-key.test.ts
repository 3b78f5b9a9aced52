import { KinesisError } from "@shardline/core";
import { expect, test } from "vitest";
import { itemOf } from "../../src/lease/dynamodb-lease-item.ts";
import { keyOfKin, leaseKeyOf, shardIdOfKey } from "../../src/lease/lease-key.ts";
import { newLease } from "../../src/shard/new-lease.ts";
import { readAsKcl } from "../support/kcl-item-reader.ts";
import { positionOf, shardIdOf } from "../support/leases.ts";

const stream = { name: "s", account: "1", epoch: 5 };
const seed = {
  shardId: shardIdOf(2),
  parentShardIds: [shardIdOf(0), shardIdOf(1)],
  hashKeyRange: undefined,
  checkpoint: positionOf("TRIM_HORIZON"),
};

test("multi-stream-key: a key tells the shard, and that of a parent is told by the child's", () => {
  const [child, parent] = [shardIdOf(2), shardIdOf(0)];
  for (const scope of ["one-stream", "many-streams"] as const) {
    const key = leaseKeyOf(stream, child, scope);
    expect(shardIdOfKey(key)).toBe(child);
    expect(keyOfKin({ key, shardId: child }, parent)).toBe(leaseKeyOf(stream, parent, scope));
  }
});

test("multi-stream-key: a lease of many streams is named by account, stream, creation time and shard", () => {
  const item = itemOf(newLease(stream, seed, "many-streams"));
  expect(item).toMatchObject({
    leaseKey: { S: `1:s:5:${shardIdOf(2)}` },
    streamName: { S: "1:s:5" },
    shardId: { S: shardIdOf(2) },
    parentShardId: { SS: [shardIdOf(0), shardIdOf(1)] },
  });
  expect(readAsKcl(item)).toMatchObject({ streamName: "1:s:5", shardId: shardIdOf(2) });
});

test("multi-stream-key: a lease of a single stream is named by its shard, whatever is known of the stream", () => {
  const item = itemOf(newLease(stream, seed));
  expect(item["leaseKey"]).toEqual({ S: shardIdOf(2) });
  expect(item).not.toHaveProperty("streamName");
  expect(item).not.toHaveProperty("shardId");
});

test("multi-stream-key: a stream whose account or creation time is not known gets none", () => {
  for (const unknown of [{ name: "s" }, { name: "s", account: "1" }, { name: "s", epoch: 5 }]) {
    const key = (): string => leaseKeyOf(unknown, shardIdOf(2), "many-streams");
    expect(key).toThrow("s has no account or creation time");
    expect(key).toThrow(KinesisError);
  }
});
