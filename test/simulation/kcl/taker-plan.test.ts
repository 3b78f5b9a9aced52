// What the KCL 2.7.2's own tests of DynamoDBLeaseTaker expect, and what test/interop saw it do.
import type { Lease } from "@shardline/consumer";
import { SHARD_END, sentinelPosition } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { NEVER_RENEWED, type SeenLease } from "./kcl-lease.ts";
import { planTakes } from "./taker-plan.ts";

const FAILOVER_MS = 10_000;
const NOW_MS = 1_000_000;

/** Leases by owner, and for how long nobody has renewed them; a hyphen stands for nobody, a star for the end of a shard. */
function seen(...sketches: readonly (readonly [owner: string, silentMs?: number])[]): SeenLease[] {
  return sketches.map(([owner, silentMs = 0], i) => {
    const name = owner.replace("*", "");
    const lease: Lease = {
      key: String(i + 1),
      shardId: String(i + 1),
      counter: 0,
      ownerSwitches: 0,
      checkpoint: owner.endsWith("*") ? SHARD_END : sentinelPosition("TRIM_HORIZON"),
      parentShardIds: [],
      childShardIds: [],
      epoch: 0,
      ...(name === "-" ? {} : { owner: name }),
    };
    return { lease, renewedAtMs: NOW_MS - silentMs };
  });
}

function plan(leases: readonly SeenLease[], seed = 1): { keys: string[]; isSteal: boolean } {
  const random = new SeededRandom(seed);
  const times = { scannedAtMs: NOW_MS, nowMs: NOW_MS, failoverMs: FAILOVER_MS };
  const takes = planTakes({ worker: "foo", seen: leases, random, ...times });
  return { keys: takes.leases.map(({ key }) => key).sort(), isSteal: takes.isSteal };
}

const EXPIRED_MS = FAILOVER_MS + 1;
/** Not seen to be renewed since the worker began to look, and new. */
const NEW_MS = NOW_MS - NEVER_RENEWED;

test.each<[string, ReturnType<typeof seen>, readonly string[]]>([
  [
    "new leases that nobody has are very old: all of them",
    seen(["-", NEW_MS], ["-", NEW_MS], ["-", NEW_MS], ["bar"]),
    ["1", "2", "3"],
  ],
  ["a lease that was given up is taken", seen(["-"]), ["1"]],
  ["a lease that is renewed is left alone", seen(["bar"]), []],
  ["one that has run out is taken", seen(["bar", EXPIRED_MS]), ["1"]],
  ["one that has just not run out is not", seen(["bar", FAILOVER_MS]), []],
  ["its own that has run out it takes again", seen(["foo", EXPIRED_MS]), ["1"]],
  [
    "very old is what was silent for more than three failover times",
    seen(["foo"], ["bar", 30_001], ["baz", 30_000]),
    ["2"],
  ],
  [
    "very old ones are taken beyond the share, and nothing else with them",
    seen(["foo"], ["foo"], ["bar"], ["-"], ["bar", 30_001]),
    ["5"],
  ],
  ["with its share it takes nothing", seen(["foo"], ["foo"], ["bar"], ["-"]), []],
  [
    "nothing is stolen by one that is short by one",
    seen(["bar"], ["bar"], ["baz"], ["baz"], ["foo"]),
    [],
  ],
  [
    "nothing is stolen while there is something to take",
    seen(["-"], ["bar"], ["bar"], ["bar"]),
    ["1"],
  ],
  ["more workers than leases: one each", seen(["bar"], ["baz"]), []],
  ["leases of shards that have ended are taken, too", seen(["-*", NEW_MS], ["bar"]), ["1"]],
  [
    "leases of shards that have ended count for a share",
    seen(["foo*"], ["foo*"], ["bar"], ["bar"]),
    [],
  ],
])("%s", (_, leases, keys) => {
  expect(plan(leases)).toEqual({ keys, isSteal: false });
});

test("of several that may be taken it takes as many as it lacks, by chance", () => {
  const leases = seen(["-"], ["-"], ["-"], ["bar"]);
  const plans = Array.from({ length: 30 }, (_, seed) => plan(leases, seed + 1).keys);
  expect(plans.every(({ length }) => length === 2)).toBe(true);
  expect(new Set(plans.flat())).toEqual(new Set(["1", "2", "3"]));
});

test("one is stolen from the one who has most, by chance, however many are lacking", () => {
  const leases = seen(["bar"], ["baz"], ["baz"], ["baz"], ["baz"], ["baz"]);
  const plans = Array.from({ length: 50 }, (_, seed) => plan(leases, seed + 1));
  expect(plans.every(({ isSteal, keys }) => isSteal && keys.length === 1)).toBe(true);
  expect(new Set(plans.flatMap(({ keys }) => keys))).toEqual(new Set(["2", "3", "4", "5", "6"]));
});

test("from those who have just their share one is stolen by a worker that lacks more than one", () => {
  expect(
    plan(seen(["bar"], ["bar"], ["bar"], ["baz"], ["baz"], ["baz"], ["qux"], ["qux"])),
  ).toMatchObject({ isSteal: true });
  expect(plan(seen(["bar"], ["bar"], ["baz"], ["baz"])).keys).toHaveLength(1);
});

test("a lease of a shard that has ended is stolen like others", () => {
  expect(plan(seen(["bar*"], ["bar*"]))).toEqual({ keys: [expect.any(String)], isSteal: true });
});
