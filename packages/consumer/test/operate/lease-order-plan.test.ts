import { MAX_HASH_KEY } from "@shardline/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { inLineageOrder } from "../../src/operate/lease-order-plan.ts";
import { arbitraryLease } from "../support/arbitrary-leases.ts";
import { leaseOf, shardIdOf } from "../support/leases.ts";

const HALF = MAX_HASH_KEY / 2n;
const LOW = { hashKeyRange: { start: 0n, end: HALF } };
const HIGH = { hashKeyRange: { start: HALF + 1n, end: MAX_HASH_KEY } };
const WHOLE = { hashKeyRange: { start: 0n, end: MAX_HASH_KEY } };

test("leases stand along the hash keys, parents before children, and those of unknown range last", () => {
  const parent = (index: number): { parentShardIds: string[] } => ({
    parentShardIds: [shardIdOf(index)],
  });
  const leases = [
    leaseOf(9),
    leaseOf(2, { ...HIGH, ...parent(5) }),
    leaseOf(1, { ...LOW, ...parent(5) }),
    leaseOf(5, WHOLE),
    leaseOf(0, { ...LOW, ...parent(1) }),
  ];
  expect(inLineageOrder(leases).map(({ shardId }) => shardId)).toEqual(
    [5, 1, 0, 2, 9].map(shardIdOf),
  );
});

test("leases of shards that descend from each other stand in the same order, however they were listed", () => {
  const leases = [
    leaseOf(1, { ...WHOLE, parentShardIds: [shardIdOf(2)] }),
    leaseOf(2, { ...WHOLE, parentShardIds: [shardIdOf(1)] }),
  ];
  expect(inLineageOrder(leases.toReversed())).toEqual(inLineageOrder(leases));
});

test("every lease of any table stands there once, and a shard that descends from itself ends nothing", () => {
  const leases = fc.uniqueArray(arbitraryLease, { selector: ({ key }) => key, maxLength: 20 });
  fc.assert(
    fc.property(leases, (some) => {
      const ordered = inLineageOrder(some);
      expect(new Set(ordered)).toEqual(new Set(some));
      expect(ordered).toHaveLength(some.length);
      expect(inLineageOrder(some.toReversed())).toEqual(ordered);
    }),
  );
});
