import { expect, test } from "vitest";
import { FAILOVER_MS } from "../stage.ts";
import { MixedFleet } from "./mixed-fleet.ts";

/** The KCL looks for leases once in so long. */
const PASS_MS = 2 * (FAILOVER_MS + 25);
/** Either side steals one lease at a time, once in a pass. */
const FAIR_MS = 12 * PASS_MS;
/** The KCL keeps leases of shards that ended, and counts them, until they are cleaned up. */
const CLEAN_UP_MS = 400_000;
const SHARDS = 6;
const SHARD_SIZE = (1n << 128n) / BigInt(SHARDS);

test.each([1, 2, 3])(
  "two workers of the KCL and two of ours share six shards, take over from each other, and lose nothing (seed %i)",
  async (seed) => {
    const fleet = new MixedFleet(seed, SHARDS, 20);
    fleet.start("kcl-1", "kcl-2", "worker-1", "worker-2");
    await fleet.until(() => fleet.isFair, FAIR_MS);
    await fleet.advance(30_000);

    fleet.kill("kcl-1");
    await fleet.until(() => fleet.isFair, FAILOVER_MS + FAIR_MS);

    await fleet.split("shardId-000000000000", SHARD_SIZE / 2n);
    await fleet.merge("shardId-000000000003", "shardId-000000000004");
    await fleet.until(() => fleet.hasOnlyOpenShards && fleet.isFair, CLEAN_UP_MS + FAIR_MS);

    fleet.start("kcl-3");
    fleet.kill("worker-1");
    await fleet.until(() => fleet.isFair, FAILOVER_MS + FAIR_MS);
    const before = new Map(fleet.delivered);
    await fleet.advance(30_000);
    await fleet.finish();
    for (const name of ["kcl-2", "kcl-3", "worker-2"]) {
      expect(fleet.delivered.get(name), name).toBeGreaterThan(before.get(name) ?? 0);
    }
    for (const name of ["kcl-1", "worker-1"]) expect(before.get(name), name).toBeGreaterThan(0);
  },
);

test("when all workers of one side are killed, the other reads everything", async () => {
  const fleet = new MixedFleet(1, 4, 20);
  fleet.start("kcl-1", "kcl-2", "worker-1", "worker-2");
  await fleet.until(() => fleet.isFair, FAIR_MS);
  fleet.kill("kcl-1");
  fleet.kill("kcl-2");
  await fleet.until(() => fleet.isFair, FAILOVER_MS + FAIR_MS);
  fleet.start("kcl-3", "kcl-4");
  await fleet.until(() => fleet.isFair, FAIR_MS);
  fleet.kill("worker-1");
  fleet.kill("worker-2");
  await fleet.until(() => fleet.isFair, FAILOVER_MS + FAIR_MS);
  await fleet.finish();
});

test("a fleet of the KCL alone makes its leases, reads through a split and a merge, and deletes what has ended", async () => {
  const fleet = new MixedFleet(1, 2, 20);
  fleet.start("kcl-1");
  await fleet.advance(120_000);
  fleet.start("kcl-2");
  await fleet.until(() => fleet.isFair, FAIR_MS);
  await fleet.split("shardId-000000000000", 1n << 126n);
  await fleet.merge("shardId-000000000001", "shardId-000000000003");
  await fleet.until(() => fleet.hasOnlyOpenShards && fleet.isFair, CLEAN_UP_MS + FAIR_MS);
  await fleet.finish();
});

test("the KCL passes over aggregates of two shards, and our producer has put them again", async () => {
  const fleet = new MixedFleet(4, 2, 200);
  fleet.start("kcl-1");
  await fleet.until(() => fleet.isFair, 200_000);
  await fleet.split("shardId-000000000000", 1n << 126n);
  await fleet.advance(60_000);
  await fleet.split("shardId-000000000001", 3n << 126n);
  await fleet.advance(60_000);
  await fleet.finish();
  expect(fleet.passedOver).toBeGreaterThan(0);
});

test("a worker of the KCL that is stopped ends at once, or after ten seconds if it holds the lease of an ended shard", async () => {
  const fleet = new MixedFleet(1, 1, 20);
  fleet.start("kcl-1");
  await fleet.advance(120_000);
  expect(await fleet.stop("kcl-1")).toBeLessThan(5000);
  fleet.start("kcl-2");
  await fleet.advance(60_000);
  await fleet.split("shardId-000000000000", 1n << 127n);
  await fleet.advance(60_000);
  expect(await fleet.stop("kcl-2")).toBeGreaterThanOrEqual(10_000);
  fleet.start("worker-1");
  await fleet.finish();
});
