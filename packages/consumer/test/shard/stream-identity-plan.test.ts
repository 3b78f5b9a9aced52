import { SHARD_END, sentinelPosition } from "@shardline/core";
import { expect, test } from "vitest";
import { leasesOfAnotherTime, leasesProvenWrong } from "../../src/shard/stream-identity-plan.ts";
import { leaseOf, positionOf, shardOf } from "../support/leases.ts";

test("a lease that says another creation time is of another stream; one that says none may be of this one", () => {
  const other = leaseOf(0, { streamEpoch: 6 });
  expect(leasesOfAnotherTime([other, leaseOf(1, { streamEpoch: 7 }), leaseOf(2)], 7)).toEqual([
    other,
  ]);
});

test.each([
  ["a position before the shard began", { checkpoint: positionOf(999) }, true],
  ["where the shard began", { checkpoint: positionOf(1000) }, false],
  ["a position behind it", { checkpoint: positionOf(1001) }, false],
  ["the end of an open shard", { checkpoint: SHARD_END }, true],
  ["nothing read yet", { checkpoint: sentinelPosition("LATEST") }, false],
  ["a creation time, which is surer", { checkpoint: positionOf(999), streamEpoch: 7 }, false],
])("%s, as proof of another stream: %s", (_, fields, isProof) => {
  const lease = leaseOf(0, fields);
  expect(leasesProvenWrong([lease], [shardOf(0)])).toEqual(isProof ? [lease] : []);
});

test("neither the end of a closed shard nor a shard that is not listed proves anything", () => {
  const leases = [leaseOf(0, { checkpoint: SHARD_END }), leaseOf(9, { checkpoint: positionOf(1) })];
  expect(leasesProvenWrong(leases, [shardOf(0, { closed: 10 })])).toEqual([]);
});
