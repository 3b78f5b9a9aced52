import {
  MAX_HASH_KEY,
  parentIdsOf,
  SHARD_END,
  type Shard,
  sentinelPosition,
} from "@shardline/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Lease } from "../../src/lease/lease.ts";
import {
  planFirstLeases,
  planMissingLeases,
  type ShardSyncPlan,
  type SyncView,
} from "../../src/shard/shard-sync-plan.ts";
import type { StartPosition } from "../../src/shard/start-position.ts";
import { arbitraryLineage } from "../support/arbitrary-lineage.ts";
import { kclMissingLeases } from "../../../../test/simulation/kcl/missing-leases.ts";
import { leaseOf, shardIdOf, shardOf } from "../support/leases.ts";

const TRIM_HORIZON: StartPosition = { type: "TRIM_HORIZON" };
const LATEST: StartPosition = { type: "LATEST" };
const AT_TIMESTAMP: StartPosition = { type: "AT_TIMESTAMP", timestampMs: 1_700_000_000_000 };
const POSITIONS = [LATEST, TRIM_HORIZON, AT_TIMESTAMP];

/** Shard number to the sentinel at which its lease begins, in the order of creation. */
function createdBy(plan: ShardSyncPlan): [number, string][] {
  if (plan.kind !== "create") throw new Error(plan.problem);
  return plan.missing.map(({ checkpoint, shard }) => [
    Number(shard.shardId.slice(-12)),
    checkpoint.sequenceNumber,
  ]);
}

/**
 * The tree of the KCL's own documentation: 0 and 1 merge into 6, 2 and 3 into 7, then 6 and 7 into 8; 5 splits into
 * 9 and 10; 4 is as it was.
 */
const GOLDEN: readonly Shard[] = [
  shardOf(0, { closed: 20 }),
  shardOf(1, { closed: 20 }),
  shardOf(2, { closed: 20 }),
  shardOf(3, { closed: 20 }),
  shardOf(4),
  shardOf(5, { closed: 30 }),
  shardOf(6, { born: 21, closed: 40, parents: [0, 1] }),
  shardOf(7, { born: 21, closed: 40, parents: [2, 3] }),
  shardOf(8, { born: 41, parents: [6, 7] }),
  shardOf(9, { born: 31, parents: [5] }),
  shardOf(10, { born: 31, parents: [5] }),
];

function planOf(
  listing: readonly Shard[],
  leases: readonly Lease[],
  start: StartPosition,
  more: Partial<SyncView> = {},
): ShardSyncPlan {
  return planMissingLeases({ listing, leases, start, ...more });
}

function leasesOf(...indexes: readonly number[]): Lease[] {
  return indexes.map((index) => leaseOf(index));
}

describe("49 golden-hierarchies: with leases of 4, 5 and 7", () => {
  test.each([
    [LATEST, [[6, "LATEST"]]],
    [
      TRIM_HORIZON,
      [
        [0, "TRIM_HORIZON"],
        [1, "TRIM_HORIZON"],
      ],
    ],
    [
      AT_TIMESTAMP,
      [
        [0, "AT_TIMESTAMP"],
        [1, "AT_TIMESTAMP"],
      ],
    ],
  ])("and the start position $type", (start, expected) => {
    expect(createdBy(planOf(GOLDEN, leasesOf(4, 5, 7), start))).toEqual(expected);
  });
});

test("leases are created by the age of their shards, however they are listed", () => {
  const backwards = planOf([...GOLDEN].reverse(), leasesOf(4), TRIM_HORIZON);
  expect(createdBy(backwards).map(([index]) => index)).toEqual([0, 1, 2, 3, 5]);
});

describe("beside other leases of the golden tree", () => {
  test.each<[string, readonly number[], StartPosition, [number, string][]]>([
    ["all open ones leased: nothing is missing", [4, 8, 9, 10], LATEST, []],
    ["a child whose parent is leased waits for its end", [4, 5, 6, 7], TRIM_HORIZON, []],
    [
      "an open shard that nothing leads to begins at the start",
      [8, 9, 10],
      LATEST,
      [[4, "LATEST"]],
    ],
    [
      "every branch without a lease begins at its oldest shard",
      [4, 8],
      TRIM_HORIZON,
      [[5, "TRIM_HORIZON"]],
    ],
    [
      "at LATEST a branch without a lease begins at its open shards",
      [4, 8],
      LATEST,
      [
        [9, "LATEST"],
        [10, "LATEST"],
      ],
    ],
    [
      "half of a merge's parents leased, at the oldest level",
      [0, 2, 3, 4, 5],
      TRIM_HORIZON,
      [[1, "TRIM_HORIZON"]],
    ],
    ["half of a merge's parents leased, at LATEST", [0, 2, 3, 4, 5], LATEST, [[1, "LATEST"]]],
  ])("%s", (_, leased, start, expected) => {
    const created = createdBy(planOf(GOLDEN, leasesOf(...leased), start));
    expect(created).toEqual(expected);
  });
});

test("50 descendant-trim: the child of a leased parent is never given the position LATEST", () => {
  fc.assert(
    fc.property(arbitraryLineage, fc.nat(), (listing, pick) => {
      const leased = listing[pick % listing.length] as Shard;
      const leases = [leaseOf(Number(leased.shardId.slice(-12)))];
      const plan = planOf(listing, leases, LATEST);
      if (plan.kind !== "create") throw new Error(plan.problem);
      for (const { checkpoint, shard } of plan.missing) {
        if (!parentIdsOf(shard).includes(leased.shardId)) continue;
        expect(checkpoint).not.toEqual(sentinelPosition("LATEST"));
      }
    }),
    { numRuns: 200 },
  );
});

describe.each(POSITIONS)("whatever the history and the leases, with the start $type,", (start) => {
  const arbitrary = arbitraryLineage.chain((lineage) =>
    fc.record({
      listing: fc.constant(lineage),
      leased: fc.subarray(lineage.map((_, i) => i)),
    }),
  );

  test("the same leases are created as by the KCL", () => {
    fc.assert(
      fc.property(arbitrary, ({ leased, listing }) => {
        const ids = new Set(leased.map(shardIdOf));
        const created = createdBy(planOf(listing, leasesOf(...leased), start));
        const expected = [...kclMissingLeases(listing, ids, start.type)].map(([id, at]) => [
          Number(id.slice(-12)),
          at,
        ]);
        expect(created).toHaveLength(expected.length);
        expect(created).toEqual(expect.arrayContaining(expected));
      }),
      { numRuns: 300 },
    );
  });

  test("every open shard is reached from a lease, and no lease is created twice or before its parents'", () => {
    fc.assert(
      fc.property(arbitrary, ({ leased, listing }) => {
        const created = createdBy(planOf(listing, leasesOf(...leased), start));
        const numbers = created.map(([index]) => index);
        const leases = new Set([...leased, ...numbers].map(shardIdOf));
        expect(leases.size).toBe(leased.length + numbers.length);
        const shards = new Map(listing.map((shard) => [shard.shardId, shard]));
        const isReached = (id: string): boolean =>
          leases.has(id) || parentIdsOf(shards.get(id) as Shard).some(isReached);
        for (const shard of listing) {
          if (shard.endingSequenceNumber === undefined) expect(isReached(shard.shardId)).toBe(true);
        }
        for (const [place, index] of numbers.entries()) {
          const parents = parentIdsOf(shards.get(shardIdOf(index)) as Shard);
          for (const later of numbers.slice(place + 1)) {
            expect(parents).not.toContain(shardIdOf(later));
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test("once they are there, nothing is missing any more", () => {
    fc.assert(
      fc.property(arbitrary, ({ leased, listing }) => {
        const created = createdBy(planOf(listing, leasesOf(...leased), start));
        const all = [...leased, ...created.map(([index]) => index)];
        expect(createdBy(planOf(listing, leasesOf(...all), start))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("a stream that has forgotten shards", () => {
  const children = [shardOf(1, { born: 11, parents: [0] }), shardOf(2, { born: 11, parents: [0] })];

  test.each([
    [LATEST, "TRIM_HORIZON"],
    [TRIM_HORIZON, "TRIM_HORIZON"],
    [AT_TIMESTAMP, "TRIM_HORIZON"],
  ])(
    "the children of a leased parent that is not listed any more are leased, with $0.type",
    (start, at) => {
      const plan = planOf(children, leasesOf(0), start);
      expect(createdBy(plan)).toEqual([
        [1, at],
        [2, at],
      ]);
    },
  );

  test("a shard whose parent is neither listed nor leased begins at the start", () => {
    expect(createdBy(planOf(children, leasesOf(7), LATEST))).toEqual([
      [1, "LATEST"],
      [2, "LATEST"],
    ]);
  });

  test("a lease of a shard that is not listed any more is left alone", () => {
    expect(createdBy(planOf([shardOf(1)], leasesOf(0, 1), LATEST))).toEqual([]);
  });
});

test("51 open-parent-open-child: a listing that is half of a reshard is asked for again", () => {
  const listing = [shardOf(0), shardOf(1, { born: 11, parents: [0] })];
  expect(planOf(listing, leasesOf(5), TRIM_HORIZON)).toEqual({
    kind: "list-again",
    problem: `${shardIdOf(1)} and its parent are both open`,
  });
});

test("51 open-parent-open-child: if that is wanted, the child is passed over, and nothing else", () => {
  const listing = [shardOf(0), shardOf(1, { born: 11, parents: [0] }), shardOf(2)];
  const plan = planOf(listing, leasesOf(5), LATEST, { ignoreUnexpectedChildren: true });
  expect(createdBy(plan)).toEqual([
    [0, "LATEST"],
    [2, "LATEST"],
  ]);
});

describe("a parent that was read to its end", () => {
  const split = [
    shardOf(0, { closed: 10 }),
    shardOf(1, { born: 11, parents: [0] }),
    shardOf(2, { born: 11, parents: [0] }),
  ];
  const ended = leaseOf(0, { checkpoint: SHARD_END });

  test.each(POSITIONS)(
    "gives its child back the lease that was deleted, with the start $type",
    (start) => {
      expect(createdBy(planOf(split, [ended, leaseOf(2)], start))).toEqual([[1, "TRIM_HORIZON"]]);
    },
  );

  test.each(POSITIONS)("and with the start $type the grandchildren wait for the child", (start) => {
    const later = [
      ...split.slice(0, 1),
      shardOf(1, { born: 11, closed: 20, parents: [0] }),
      shardOf(2, { born: 11, closed: 20, parents: [0] }),
      shardOf(3, { born: 21, parents: [1, 2] }),
    ];
    expect(createdBy(planOf(later, [ended, leaseOf(2)], start))).toEqual([[1, "TRIM_HORIZON"]]);
    // What follows on a shard that is leased and open to reading needs nothing.
    expect(createdBy(planOf(later, [ended, leaseOf(1), leaseOf(2)], start))).toEqual([]);
  });
});

describe("a LATEST that has passed", () => {
  /** 0 was closed before the application began, 1 was open then; 2 and 3 descend from 1. */
  const listing = [
    shardOf(0, { closed: 10 }),
    shardOf(1, { born: 11, closed: 20, parents: [0] }),
    shardOf(2, { born: 21, parents: [1] }),
    shardOf(3, { born: 21, parents: [1] }),
    shardOf(4),
  ];
  const openAtStart = new Set([1, 4].map(shardIdOf));

  test("is caught up with from the shards that were open then, and no older ones", () => {
    expect(createdBy(planOf(listing, leasesOf(4), LATEST, { openAtStart }))).toEqual([
      [1, "LATEST"],
    ]);
  });

  test("begins with a shard that is still open", () => {
    const plan = planOf(listing, leasesOf(1), LATEST, { openAtStart });
    expect(createdBy(plan)).toEqual([[4, "LATEST"]]);
  });
});

test("what stands in a lease's place and cannot be read is no reason to read its parents again", () => {
  const listing = [shardOf(0, { closed: 10 }), shardOf(1, { born: 11, parents: [0] })];
  const occupied = new Set([shardIdOf(1)]);
  expect(createdBy(planOf(listing, leasesOf(7), TRIM_HORIZON, { occupied }))).toEqual([]);
});

describe("48 init: the first leases", () => {
  const half = MAX_HASH_KEY / 2n;
  const two = [shardOf(1, { range: [half + 1n, MAX_HASH_KEY] }), shardOf(0, { range: [0n, half] })];

  test.each(POSITIONS)("begin at $type, one for each listed shard, the oldest first", (start) => {
    expect(createdBy(planFirstLeases(two, start))).toEqual([
      [0, start.type],
      [1, start.type],
    ]);
  });

  test.each([
    ["a gap", [shardOf(0, { range: [0n, half] })]],
    ["an overlap", [...two, shardOf(2, { range: [0n, half] })]],
  ])("are not created from a listing with %s", (_, listing) => {
    expect(planFirstLeases(listing, TRIM_HORIZON)).toEqual({
      kind: "list-again",
      problem: "the listed shards do not cover every hash key once",
    });
  });

  test("of a service-managed stream need no ranges", () => {
    const { hashKeyRange: _, ...unranged } = shardOf(0);
    expect(createdBy(planFirstLeases([unranged], LATEST))).toEqual([[0, "LATEST"]]);
  });
});
