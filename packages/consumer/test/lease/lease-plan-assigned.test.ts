import { describe, expect, test } from "vitest";
import { planLeases } from "../../src/lease/lease-plan.ts";
import { foreignLease, leaseOf, nativeLease, shardIdOf } from "../support/leases.ts";
import { FAILOVER_MS, keysOf, range, viewOf } from "../support/lease-views.ts";

const NOTHING = { reclaim: [], take: [], wish: [], isStealing: false, spillover: 0 };

describe("a worker that is assigned shards", () => {
  const assignment = { shardIds: [0, 1, 2].map(shardIdOf) };

  test("takes all of them that nobody reads, and nothing else", () => {
    const leases = range(6).map((i) => leaseOf(i));
    expect(keysOf(planLeases(viewOf(leases, { assignment })).take)).toEqual(assignment.shardIds);
    const neglected = { assignment, silentForMs: () => 4 * FAILOVER_MS };
    expect(keysOf(planLeases(viewOf(leases, neglected)).take)).toEqual(assignment.shardIds);
  });

  test("takes those whose owner has fallen silent, and neither steals from a live one nor asks it", () => {
    const leases = [nativeLease(0, "dead"), nativeLease(1, "a"), foreignLease(2, "java")];
    const silentForMs = ({ owner }: { owner?: string }) => (owner === "dead" ? FAILOVER_MS + 1 : 0);
    const plan = planLeases(viewOf(leases, { assignment, silentForMs }));
    expect(keysOf(plan.take)).toEqual([shardIdOf(0)]);
    expect(plan.wish).toEqual([]);
    expect(planLeases(viewOf(leases, { assignment }))).toEqual(NOTHING);
  });

  test("reclaims only what it is assigned", () => {
    const leases = [nativeLease(1, "me"), nativeLease(5, "me")];
    const { reclaim } = planLeases(viewOf(leases, { assignment, held: [] }));
    expect(keysOf(reclaim)).toEqual([shardIdOf(1)]);
  });

  test("has no more than it may, and tells how many of its shards that leaves", () => {
    const plan = planLeases(
      viewOf(
        range(3).map((i) => leaseOf(i)),
        { assignment, maxPerWorker: 2 },
      ),
    );
    expect(plan.take).toHaveLength(2);
    expect(plan.spillover).toBe(1);
  });
});
