import { MAX_HASH_KEY, parentIdsOf, SHARD_END } from "@shardline/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { holesOf, leasesWithoutRange } from "../../src/shard/coverage-plan.ts";
import { arbitraryLineage } from "../support/arbitrary-lineage.ts";
import { leaseOf } from "../support/leases.ts";

const ranged = (index: number, start: bigint, end: bigint) =>
  leaseOf(index, { hashKeyRange: { start, end } });

describe("hash keys that no lease covers", () => {
  test.each([
    ["none, where the leases tile", [ranged(1, 10n, MAX_HASH_KEY), ranged(0, 0n, 9n)], []],
    ["all, where there is no lease", [], [{ start: 0n, end: MAX_HASH_KEY }]],
    ["those before the first", [ranged(0, 5n, MAX_HASH_KEY)], [{ start: 0n, end: 4n }]],
    ["those behind the last", [ranged(0, 0n, 4n)], [{ start: 5n, end: MAX_HASH_KEY }]],
    [
      "those between two, each gap for itself",
      [ranged(0, 0n, 4n), ranged(1, 7n, 8n), ranged(2, 10n, MAX_HASH_KEY)],
      [
        { start: 5n, end: 6n },
        { start: 9n, end: 9n },
      ],
    ],
    [
      "none beside a parent that reaches further than its children",
      [ranged(0, 0n, MAX_HASH_KEY), ranged(1, 0n, 4n), ranged(2, 3n, 6n)],
      [],
    ],
    [
      "those of a shard that has ended",
      [
        leaseOf(0, { checkpoint: SHARD_END, hashKeyRange: { start: 0n, end: 4n } }),
        ranged(1, 5n, MAX_HASH_KEY),
      ],
      [{ start: 0n, end: 4n }],
    ],
  ])("%s", (_, leases, holes) => {
    expect(holesOf(leases)).toEqual(holes);
  });

  test("none ever, while each open shard or one it descends from is to be read", () => {
    fc.assert(
      fc.property(arbitraryLineage, fc.infiniteStream(fc.boolean()), (shards, coins) => {
        // Parents come first: a shard waits for each that is unread, and has a lease once one has ended.
        const unread = new Set<string>();
        const leases = shards.flatMap((shard) => {
          const { endingSequenceNumber, hashKeyRange, shardId } = shard;
          const parentIds = parentIdsOf(shard);
          const waits = parentIds.some((id) => unread.has(id));
          const needsNoLease = waits && parentIds.every((id) => unread.has(id));
          const isUnread = waits || endingSequenceNumber === undefined || coins.next().value;
          if (isUnread) unread.add(shardId);
          if (needsNoLease && coins.next().value) return [];
          const lease = leaseOf(Number(shardId.slice(-12)), {
            ...(hashKeyRange && { hashKeyRange }),
            ...(isUnread ? {} : { checkpoint: SHARD_END }),
          });
          return [lease];
        });
        expect(holesOf(leases)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

test("ended leases need no range any more", () => {
  const bare = leaseOf(0);
  expect(
    leasesWithoutRange([bare, leaseOf(1, { checkpoint: SHARD_END }), ranged(2, 0n, 1n)]),
  ).toEqual([bare]);
});
