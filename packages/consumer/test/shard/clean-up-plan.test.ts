import { parentIdsOf, SHARD_END, type Shard } from "@shardline/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isEnded, type Lease } from "../../src/lease/lease.ts";
import { mayBeCleanedUp, planCleanUp } from "../../src/shard/clean-up-plan.ts";
import { planMissingLeases } from "../../src/shard/shard-sync-plan.ts";
import type { StartPosition } from "../../src/shard/start-position.ts";
import { arbitraryLineage } from "../support/arbitrary-lineage.ts";
import { leaseOf, positionOf, shardOf } from "../support/leases.ts";

const STARTS: readonly StartPosition[] = [
  { type: "LATEST" },
  { type: "TRIM_HORIZON" },
  { type: "AT_TIMESTAMP", timestampMs: 1_700_000_000_000 },
];
const [LATEST] = STARTS as [StartPosition];

function deleted(
  listing: readonly Shard[],
  leases: readonly Lease[],
  start: StartPosition = LATEST,
): number[] {
  return planCleanUp({ listing, leases, start }).map(({ shardId }) => Number(shardId.slice(-12)));
}

/** 0 splits into 1 and 2, which merge into 3. */
const FAMILY = [
  shardOf(0, { closed: 10 }),
  shardOf(1, { born: 11, closed: 20, parents: [0] }),
  shardOf(2, { born: 11, closed: 20, parents: [0] }),
  shardOf(3, { born: 21, parents: [1, 2] }),
];
const parents = [[], [0], [0], [1, 2]] as const;

function family(...checkpoints: readonly (string | undefined)[]): Lease[] {
  return checkpoints.flatMap((checkpoint, i) => {
    if (checkpoint === undefined) return [];
    const shardIds = parents[i]?.map((index) => leaseOf(index).shardId) ?? [];
    return [leaseOf(i, { checkpoint: positionOf(checkpoint), parentShardIds: shardIds })];
  });
}

test("60 cleanup-order: nothing is deleted below a lease that cannot be read: what is mended would bring it back", () => {
  const leases = family(undefined, "SHARD_END", "SHARD_END", "1025");
  const occupied = new Set([leaseOf(0).shardId]);
  expect(planCleanUp({ leases, occupied, listing: FAMILY, start: LATEST })).toEqual([]);
});

describe("60 cleanup-order: one generation after the other is deleted", () => {
  test.each<[string, Lease[], number[]]>([
    ["the oldest first", family("SHARD_END", "SHARD_END", "SHARD_END", "1025"), [0]],
    [
      "then those whose parents are gone",
      family(undefined, "SHARD_END", "SHARD_END", "1025"),
      [1, 2],
    ],
    ["never one that is still read", family(undefined, undefined, undefined, "1025"), []],
    ["none while one of its children is unread", family("SHARD_END", "1012", "TRIM_HORIZON"), []],
    ["once all its children are under way", family("SHARD_END", "1012", "1013"), [0]],
    ["a child at LATEST is under way", family("SHARD_END", "LATEST", "SHARD_END", "1025"), [0]],
    ["none whose child has no lease", family("SHARD_END", "1012"), []],
  ])("%s", (_, leases, expected) => {
    expect(deleted(FAMILY, leases)).toEqual(expected);
  });
});

describe("61 cleanup-child-at-trim: a parent is kept while its child has read nothing", () => {
  test.each(["TRIM_HORIZON", "AT_TIMESTAMP"])("which stands at %s", (checkpoint) => {
    expect(deleted(FAMILY, family(undefined, "SHARD_END", "SHARD_END", checkpoint))).toEqual([]);
  });

  test("also when somebody has just taken it", () => {
    const leases = family(undefined, "SHARD_END", "SHARD_END", "TRIM_HORIZON");
    const taken = leases.map((lease) => ({ ...lease, owner: "worker", counter: 7, epoch: 1 }));
    expect(deleted(FAMILY, taken)).toEqual([]);
  });
});

describe("a shard that has aged out of the stream", () => {
  const later = FAMILY.slice(3);

  test("has its lease deleted, even beside a child that has read nothing", () => {
    expect(deleted(later, family(undefined, "SHARD_END", "SHARD_END", "TRIM_HORIZON"))).toEqual([
      1, 2,
    ]);
  });

  test("keeps its lease while a child is listed that has none", () => {
    expect(deleted(FAMILY.slice(1), family("SHARD_END", "1012"))).toEqual([]);
  });

  test("without any child that is left is garbage", () => {
    const leases = [
      leaseOf(9, { checkpoint: SHARD_END }),
      ...family(undefined, undefined, undefined, "1025"),
    ];
    expect(deleted(later, leases)).toEqual([9]);
  });

  test("and was not read to its end is left to a worker, which will find out", () => {
    expect(
      deleted(later, [leaseOf(9), ...family(undefined, undefined, undefined, "1025")]),
    ).toEqual([]);
  });
});

test("children are known by the shards, by their own leases and by the parent's, whichever tells", () => {
  const unranged = FAMILY.slice(3);
  const ended = { checkpoint: SHARD_END };
  const child = leaseOf(1).shardId;
  const byLease = [leaseOf(0, ended), leaseOf(1, { parentShardIds: [leaseOf(0).shardId] })];
  const byParent = [leaseOf(0, { ...ended, childShardIds: [child] }), leaseOf(1)];
  const listing = [...unranged, shardOf(0, { closed: 10 })];
  for (const leases of [byLease, byParent]) {
    expect(deleted(listing, [...leases, leaseOf(3)])).toEqual([]);
  }
  // A closed shard that is listed has children: while none is known, nobody knows whether they are read.
  expect(deleted(listing, [leaseOf(0, ended), leaseOf(3)])).toEqual([]);
});

describe("what is missing may have been cleaned up", () => {
  const open = (index: number, parents: readonly number[] = []) => shardOf(index, { parents });
  const read = family(undefined, undefined, undefined, "1025");
  const unread = family(undefined, undefined, undefined, "TRIM_HORIZON");

  test.each<[string, readonly Shard[], Lease[], number[], boolean]>([
    ["the parents of what is read", FAMILY, read, [1, 2], true],
    ["one of them", FAMILY, read, [2], true],
    ["the parent of parents that are gone as well", FAMILY, read, [0], true],
    ["by a listing from before the last reshard", [open(1), open(2)], read, [1, 2], true],
    ["by a listing from before the last two", [open(0)], read, [0], true],
    ["by one from before a child that is unread", [open(1), open(2)], unread, [1], true],
    ["but not above a child that is unread", FAMILY, unread, [1, 2], false],
    [
      "nor above it where a sibling of its parent is read",
      FAMILY,
      family(undefined, "1012"),
      [2],
      false,
    ],
    ["nor what descends from what is read", FAMILY, family("1001"), [3], false],
    [
      "nor by a lease that is beyond the listing and descends from nobody",
      FAMILY,
      [leaseOf(900)],
      [0],
      false,
    ],
    ["nor without any lease", FAMILY, [], [0], false],
  ])("%s", (_, listing, leases, missing, expected) => {
    const shards = listing.filter(({ shardId }) =>
      missing.some((i) => shardId === leaseOf(i).shardId),
    );
    expect(shards).toHaveLength(missing.length);
    const wanted = shards.map((shard) => ({ shard, checkpoint: positionOf("TRIM_HORIZON") }));
    expect(mayBeCleanedUp({ leases, listing }, wanted)).toBe(expected);
  });
});

test("nothing is deleted while a lease is missing", () => {
  const listing = [...FAMILY, shardOf(4)];
  expect(deleted(listing, family("SHARD_END", "SHARD_END", "SHARD_END", "1025"))).toEqual([]);
});

describe.each(STARTS)("whatever the history, with the start $type,", (start) => {
  /** Read from the oldest down, each shard as far as its parents and a die allow; deletions at any time. */
  const arbitrary = fc.record({
    listing: arbitraryLineage,
    dice: fc.infiniteStream(fc.nat(2)),
    forgotten: fc.nat(3),
  });

  test("deleting until nothing is left to delete never makes anything missing, and no unended lease goes", () => {
    fc.assert(
      fc.property(arbitrary, ({ dice, forgotten, listing }) => {
        let leases = readDown(listing, dice);
        const done = new Set(leases.flatMap((one) => (isEnded(one) ? one.shardId : [])));
        const listed = listing.filter(({ shardId }, i) => i >= forgotten || !done.has(shardId));
        expect(planMissingLeases({ listing: listed, leases, start })).toMatchObject({
          missing: [],
        });
        for (;;) {
          const useless = planCleanUp({ listing: listed, leases, start });
          if (useless.length === 0) break;
          for (const { checkpoint } of useless) expect(checkpoint).toEqual(SHARD_END);
          leases = leases.filter((lease) => !useless.includes(lease));
          expect(planMissingLeases({ listing: listed, leases, start })).toMatchObject({
            missing: [],
          });
        }
        // What is left of the ended ones waits for a child that has not begun.
        const unread = new Set(
          leases.filter(({ checkpoint }) => checkpoint.sequenceNumber === "TRIM_HORIZON"),
        );
        if (unread.size === 0) {
          expect(leases.filter(({ checkpoint }) => checkpoint === SHARD_END)).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** Leases as reading leaves them: a child has one once a parent has ended, and is read once all have. */
function readDown(listing: readonly Shard[], dice: Iterator<number>): Lease[] {
  const leases = new Map<string, Lease>();
  for (const shard of listing) {
    const parentShardIds = parentIdsOf(shard);
    const known = parentShardIds.map((id) => leases.get(id));
    const ended = known.filter((lease) => lease?.checkpoint === SHARD_END);
    if (parentShardIds.length > 0 && ended.length === 0) continue;
    const die = dice.next().value as number;
    const mayBeRead = ended.length === parentShardIds.length;
    const isClosed = shard.endingSequenceNumber !== undefined;
    const readTo =
      isClosed && die > 0 ? SHARD_END : positionOf(die === 0 ? "TRIM_HORIZON" : "9999");
    const checkpoint = mayBeRead ? readTo : positionOf("TRIM_HORIZON");
    const index = Number(shard.shardId.slice(-12));
    leases.set(shard.shardId, leaseOf(index, { checkpoint, parentShardIds }));
  }
  return [...leases.values()];
}
