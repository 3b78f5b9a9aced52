import type { Position } from "@shardline/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LeaseItem } from "../../src/lease/dynamodb-lease-attributes.ts";
import { itemOf } from "../../src/lease/dynamodb-lease-item.ts";
import { leaseOf as readLease, readItem } from "../../src/lease/dynamodb-lease-reading.ts";
import { arbitraryLease } from "../support/arbitrary-leases.ts";
import { readAsKcl } from "../support/kcl-item-reader.ts";
import { leaseOf, positionOf, shardIdOf } from "../support/leases.ts";

function kclPosition({ sequenceNumber, subSequenceNumber }: Position): object {
  return { sequenceNumber, subSequenceNumber: BigInt(subSequenceNumber) };
}

test("every lease is written as attributes and read back as it was", () => {
  fc.assert(
    fc.property(arbitraryLease, (lease) => {
      expect(readLease(itemOf(lease))).toEqual(lease);
    }),
    { numRuns: 200 },
  );
});

test("java-readable: every lease that we write has what the KCL reads, by its names and types", () => {
  fc.assert(
    fc.property(arbitraryLease, (lease) => {
      expect(readAsKcl(itemOf(lease))).toEqual({
        leaseKey: lease.key,
        leaseOwner: lease.owner,
        leaseCounter: BigInt(lease.counter),
        ownerSwitchesSinceCheckpoint: BigInt(lease.ownerSwitches),
        checkpoint: kclPosition(lease.checkpoint),
        pendingCheckpoint: lease.pendingCheckpoint && kclPosition(lease.pendingCheckpoint.position),
        pendingCheckpointState: lease.pendingCheckpoint?.state,
        streamName: lease.streamName,
        shardId: lease.key === lease.shardId ? undefined : lease.shardId,
        parentShardIds: lease.parentShardIds,
        childShardIds: lease.childShardIds,
        hashKeyRange: lease.hashKeyRange,
      });
    }),
    { numRuns: 200 },
  );
});

test("java-readable: the range of a shard of one hash key is left out, because the KCL refuses to read it", () => {
  const item = itemOf(leaseOf(0, { hashKeyRange: { start: 5n, end: 5n } }));
  expect(readAsKcl(item).hashKeyRange).toBeUndefined();
  expect(readLease(item)).toEqual(leaseOf(0));
});

test("java-readable: a whole lease, attribute by attribute", () => {
  const lease = leaseOf(3, {
    key: "1:s:5:shardId-000000000003",
    owner: "me",
    checkpointOwner: "you",
    counter: 7,
    ownerSwitches: 2,
    checkpoint: positionOf(12, 4),
    parentShardIds: [shardIdOf(1), shardIdOf(2)],
    childShardIds: [shardIdOf(9)],
    hashKeyRange: { start: 0n, end: 99n },
    initialTimestampMs: 5,
    latestSinceMs: 6,
    nativeOwner: "me",
    epoch: 8,
    wantedBy: "she",
    releaseNotice: "they 5",
    streamName: "1:s:5",
    pendingCheckpoint: { position: positionOf(14, 1), state: Uint8Array.of(7) },
  });
  expect(itemOf(lease)).toEqual({
    leaseKey: { S: "1:s:5:shardId-000000000003" },
    shardId: { S: "shardId-000000000003" },
    streamName: { S: "1:s:5" },
    leaseOwner: { S: "me" },
    checkpointOwner: { S: "you" },
    leaseCounter: { N: "7" },
    ownerSwitchesSinceCheckpoint: { N: "2" },
    checkpoint: { S: "12" },
    checkpointSubSequenceNumber: { N: "4" },
    pendingCheckpoint: { S: "14" },
    pendingCheckpointSubSequenceNumber: { N: "1" },
    pendingCheckpointState: { B: Uint8Array.of(7) },
    parentShardId: { SS: [shardIdOf(1), shardIdOf(2)] },
    childShardIds: { SS: [shardIdOf(9)] },
    startingHashKey: { S: "0" },
    endingHashKey: { S: "99" },
    "x-initialTimestamp": { N: "5" },
    "x-latestSince": { N: "6" },
    "x-owner": { S: "me" },
    "x-epoch": { N: "8" },
    "x-wantedBy": { S: "she" },
    "x-released": { S: "they 5" },
  });
});

test("a lease of a single stream is named by its shard alone, and nothing is written that it has not", () => {
  expect(Object.keys(itemOf(leaseOf(0))).sort()).toEqual([
    "checkpoint",
    "checkpointSubSequenceNumber",
    "leaseCounter",
    "leaseKey",
    "ownerSwitchesSinceCheckpoint",
    "x-epoch",
  ]);
});

describe("an item of somebody else", () => {
  /** As the first versions of the KCL wrote them. */
  const OLD: LeaseItem = {
    leaseKey: { S: shardIdOf(0) },
    leaseCounter: { N: "3" },
    ownerSwitchesSinceCheckpoint: { N: "0" },
    checkpoint: { S: "49" },
    parentShardId: { SS: [shardIdOf(7)] },
  };

  test("java-written-1x: is read without children, ranges and subsequence number", () => {
    expect(readLease(OLD)).toEqual(
      leaseOf(0, { counter: 3, checkpoint: positionOf(49), parentShardIds: [shardIdOf(7)] }),
    );
  });

  test("without a checkpoint begins at TRIM_HORIZON", () => {
    const { checkpoint: _, ...item } = OLD;
    expect(readLease(item)?.checkpoint).toEqual(positionOf("TRIM_HORIZON"));
  });

  test.each(["leaseKey", "leaseCounter", "ownerSwitchesSinceCheckpoint"])(
    "corrupt-item: without %s is no lease, for the KCL neither",
    (name) => {
      const { [name]: _, ...item } = OLD;
      expect(readLease(item)).toBeUndefined();
      expect(() => readAsKcl(item)).toThrow(name);
    },
  );

  test.each([
    "STREAM",
    "LEADER",
    "CLIENT_VERSION_MIGRATION",
    "TABLE_MIGRATION",
    "WORKER_METRIC_STATS",
  ])("foreign-items: of entity type %s is no lease, even if it looks like one", (entityType) => {
    const item = { ...OLD, entityType: { S: entityType } };
    expect(readLease(item)).toBeUndefined();
    expect(readItem(item)).toMatchObject({ kind: "foreign", item: { entityType } });
  });

  test("foreign-items: is told with its texts and numbers, from which the state of a fleet can be seen", () => {
    const item: LeaseItem = {
      leaseKey: { S: "Migration3.0" },
      entityType: { S: "CLIENT_VERSION_MIGRATION" },
      cv: { S: "CLIENT_VERSION_3X" },
      mts: { N: "1795000000000" },
      h: { L: [] },
    };
    expect(readItem(item)).toEqual({
      kind: "foreign",
      item: {
        key: "Migration3.0",
        entityType: "CLIENT_VERSION_MIGRATION",
        attributes: {
          leaseKey: "Migration3.0",
          entityType: "CLIENT_VERSION_MIGRATION",
          cv: "CLIENT_VERSION_3X",
          mts: "1795000000000",
        },
      },
    });
  });

  test("of entity type LEASE is one", () => {
    expect(readLease({ ...OLD, entityType: { S: "LEASE" } })?.counter).toBe(3);
  });

  test.each<[string, string, LeaseItem]>([
    ["counter", "leaseCounter is not a whole number", { leaseCounter: { S: "3" } }],
    [
      "counter beyond counting",
      "leaseCounter is not a whole number",
      { leaseCounter: { N: "1e20" } },
    ],
    [
      "fraction for a counter",
      "leaseCounter is not a whole number",
      { leaseCounter: { N: "1.5" } },
    ],
    ["checkpoint", "checkpoint is not a position", { checkpoint: { S: "sometime" } }],
    ["number for a checkpoint", "checkpoint is not a position", { checkpoint: { N: "49" } }],
    ["padded checkpoint", "checkpoint is not a position", { checkpoint: { S: "0049" } }],
    [
      "index",
      "checkpointSubSequenceNumber is not a whole number",
      { checkpointSubSequenceNumber: { N: "-1" } },
    ],
    [
      "prepared checkpoint",
      "pendingCheckpoint is not a position",
      { pendingCheckpoint: { S: "" } },
    ],
    ["parent that is no set", "parentShardId is not a set of texts", { parentShardId: { S: "a" } }],
  ])("corrupt-item: with a nonsensical %s is no lease, and it is said why", (_, problem, odd) => {
    expect(readItem({ ...OLD, ...odd })).toEqual({
      kind: "unreadable",
      item: { key: shardIdOf(0), problem },
    });
  });

  test.each([
    ["no decimals", "x", "9"],
    ["upside down", "9", "8"],
    ["too large", "0", (2n ** 128n).toString()],
    ["half of it", "0", ""],
  ])("with a range that is none (%s) is read without it", (_, start, end) => {
    const item = { ...OLD, startingHashKey: { S: start }, endingHashKey: { S: end } };
    expect(readLease(item)).not.toHaveProperty("hashKeyRange");
  });
});
