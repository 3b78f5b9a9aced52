import { KinesisError } from "@shardline/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { itemOf } from "../../src/lease/dynamodb-lease-item.ts";
import { leaseOf } from "../../src/lease/dynamodb-lease-reading.ts";
import {
  keyOfKin,
  leaseKeyOf,
  parseStreamName,
  shardIdOfKey,
  streamNameOf,
  streamNameOfKey,
} from "../../src/lease/lease-key.ts";
import { newLease } from "../../src/shard/new-lease.ts";
import { readAsKcl } from "../support/kcl-item-reader.ts";
import { positionOf, shardIdOf } from "../support/leases.ts";

const STREAM = { name: "s", account: "1", epoch: 5 };
const STREAM_NAME = streamNameOf(STREAM);
const seed = {
  shardId: shardIdOf(2),
  parentShardIds: [shardIdOf(0), shardIdOf(1)],
  hashKeyRange: undefined,
  checkpoint: positionOf("TRIM_HORIZON"),
};

test("multi-stream-key: a key tells stream and shard, and that of a parent is told by the child's", () => {
  const [child, parent] = [shardIdOf(2), shardIdOf(0)];
  for (const streamName of [undefined, STREAM_NAME]) {
    const key = leaseKeyOf(child, streamName);
    expect(shardIdOfKey(key)).toBe(child);
    expect(streamNameOfKey(key)).toBe(streamName);
    expect(keyOfKin({ key, shardId: child }, parent)).toBe(leaseKeyOf(parent, streamName));
  }
});

test("10 multi-stream-key: a lease of many streams is named by account, stream, creation time and shard", () => {
  const item = itemOf(newLease({ ...seed, streamName: STREAM_NAME }));
  expect(item).toMatchObject({
    leaseKey: { S: `1:s:5:${shardIdOf(2)}` },
    streamName: { S: "1:s:5" },
    shardId: { S: shardIdOf(2) },
    parentShardId: { SS: [shardIdOf(0), shardIdOf(1)] },
  });
  expect(readAsKcl(item)).toMatchObject({ streamName: "1:s:5", shardId: shardIdOf(2) });
});

test("multi-stream-key: a lease of a single stream is named by its shard", () => {
  const item = itemOf(newLease(seed));
  expect(item["leaseKey"]).toEqual({ S: shardIdOf(2) });
  expect(item).not.toHaveProperty("streamName");
  expect(item).not.toHaveProperty("shardId");
});

test("multi-stream-key: an item that lacks the id of its shard has it in its key", () => {
  const { shardId: _, ...item } = itemOf(newLease({ ...seed, streamName: STREAM_NAME }));
  expect(leaseOf(item)?.shardId).toBe(shardIdOf(2));
});

test("multi-stream-key: a stream whose account or creation time is not known gets none", () => {
  for (const unknown of [{ name: "s" }, { name: "s", account: "1" }, { name: "s", epoch: 5 }]) {
    const name = (): string => streamNameOf(unknown);
    expect(name).toThrow("s has no account or creation time");
    expect(name).toThrow(KinesisError);
  }
});

const anyEpoch = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const anyAccount = fc.stringMatching(/^\d{1,12}$/);
/** Whatever an item of the table may be called, and what Kinesis itself would never take for a name. */
const anyName = fc.string({ unit: "binary", minLength: 1 }).filter((name) => !name.includes(":"));

test("multi-stream-key: what is written of a stream is read again, whatever its name", () => {
  fc.assert(
    fc.property(anyAccount, anyName, anyEpoch, (account, name, epoch) => {
      const streamName = streamNameOf({ account, name, epoch });
      expect(parseStreamName(streamName)).toEqual({ account, name, epoch });
      const key = leaseKeyOf(shardIdOf(7), streamName);
      expect([streamNameOfKey(key), shardIdOfKey(key)]).toEqual([streamName, shardIdOf(7)]);
    }),
  );
});

test("multi-stream-key: what is read as a stream is written as it was, leading zeros aside", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom("0", "1", ":", "a", "\n", " ", "-") }),
  );
  fc.assert(
    fc.property(anyText, (text) => {
      const read = parseStreamName(text);
      if (read === undefined) return;
      expect(streamNameOf(read)).toBe(text.replace(/:0+(\d+)$/, ":$1"));
    }),
  );
});

test.each([
  "",
  "s",
  "1:s",
  "1:s:0",
  "1:s:5:x",
  "a:s:5",
  "1::5",
  "1:s:-5",
  "1:s:5 ",
  "1:s:9007199254740993",
])("multi-stream-key: %j names no stream among many", (text) => {
  expect(parseStreamName(text)).toBeUndefined();
});
