import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  itemOf,
  type LeaseItem,
  leaseOf as readLease,
} from "../../src/lease/dynamodb-lease-item.ts";
import { arbitraryLease } from "../support/arbitrary-leases.ts";
import { readAsKcl } from "../support/kcl-item-reader.ts";
import { leaseOf, positionOf, shardIdOf } from "../support/leases.ts";

test("every lease is written as attributes and read back as it was", () => {
  fc.assert(
    fc.property(arbitraryLease, (lease) => {
      expect(readLease(itemOf(lease))).toEqual(lease);
    }),
    { numRuns: 200 },
  );
});

test("5 java-readable: every lease that we write has what the KCL reads, by its names and types", () => {
  fc.assert(
    fc.property(arbitraryLease, (lease) => {
      expect(readAsKcl(itemOf(lease))).toEqual({
        leaseKey: lease.key,
        leaseOwner: lease.owner,
        leaseCounter: BigInt(lease.counter),
        ownerSwitchesSinceCheckpoint: BigInt(lease.ownerSwitches),
        checkpoint: {
          sequenceNumber: lease.checkpoint.sequenceNumber,
          subSequenceNumber: BigInt(lease.checkpoint.subSequenceNumber),
        },
        pendingCheckpoint: undefined,
        parentShardIds: lease.parentShardIds,
        childShardIds: lease.childShardIds,
        hashKeyRange: lease.hashKeyRange,
      });
    }),
    { numRuns: 200 },
  );
});

test("5 java-readable: the range of a shard of one hash key is left out, because the KCL refuses to read it", () => {
  const item = itemOf(leaseOf(0, { hashKeyRange: { start: 5n, end: 5n } }));
  expect(readAsKcl(item).hashKeyRange).toBeUndefined();
  expect(readLease(item)).toEqual(leaseOf(0));
});

test("5 java-readable: a whole lease, attribute by attribute", () => {
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
  });
  expect(itemOf(lease)).toEqual({
    leaseKey: { S: "1:s:5:shardId-000000000003" },
    shardId: { S: "shardId-000000000003" },
    leaseOwner: { S: "me" },
    checkpointOwner: { S: "you" },
    leaseCounter: { N: "7" },
    ownerSwitchesSinceCheckpoint: { N: "2" },
    checkpoint: { S: "12" },
    checkpointSubSequenceNumber: { N: "4" },
    parentShardId: { SS: [shardIdOf(1), shardIdOf(2)] },
    childShardIds: { SS: [shardIdOf(9)] },
    startingHashKey: { S: "0" },
    endingHashKey: { S: "99" },
    "x-initialTimestamp": { N: "5" },
    "x-latestSince": { N: "6" },
    "x-owner": { S: "me" },
    "x-epoch": { N: "8" },
    "x-wantedBy": { S: "she" },
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

  test("6 java-written-1x: is read without children, ranges and subsequence number", () => {
    expect(readLease(OLD)).toEqual(
      leaseOf(0, { counter: 3, checkpoint: positionOf(49), parentShardIds: [shardIdOf(7)] }),
    );
  });

  test("without a checkpoint begins at TRIM_HORIZON", () => {
    const { checkpoint: _, ...item } = OLD;
    expect(readLease(item)?.checkpoint).toEqual(positionOf("TRIM_HORIZON"));
  });

  test.each(["leaseKey", "leaseCounter", "ownerSwitchesSinceCheckpoint"])(
    "8 corrupt-item: without %s is no lease, for the KCL neither",
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
  ])("7 foreign-items: of entity type %s is no lease, even if it looks like one", (entityType) => {
    expect(readLease({ ...OLD, entityType: { S: entityType } })).toBeUndefined();
  });

  test("of entity type LEASE is one", () => {
    expect(readLease({ ...OLD, entityType: { S: "LEASE" } })?.counter).toBe(3);
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
