import { SHARD_END } from "@shardline/core";
import { expect, test } from "vitest";
import { haltOf } from "../../src/operate/halt-plan.ts";
import { leaseOf, positionOf } from "../support/leases.ts";

test("a shard is halted at a record until its checkpoint has passed that", () => {
  const haltedAt = positionOf(7, 2);
  expect(haltOf(leaseOf(0, { haltedAt }))).toEqual(haltedAt);
  expect(haltOf(leaseOf(0, { haltedAt, checkpoint: positionOf(7, 1) }))).toEqual(haltedAt);
  expect(haltOf(leaseOf(0, { haltedAt, checkpoint: positionOf(7, 2) }))).toBeUndefined();
  expect(haltOf(leaseOf(0, { haltedAt, checkpoint: SHARD_END }))).toBeUndefined();
  expect(haltOf(leaseOf(0))).toBeUndefined();
});
