import { expect, test } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { ANY_SIGNAL, holdMany, MINE } from "../support/held.ts";

const BY_US = { sentAtMs: 0, previousOwner: undefined, isFirstTake: false };

test("a lease that became ours is told, counted, and started", () => {
  const started: [string, boolean][] = [];
  const { held, told } = holdMany(
    new MemoryLeaseTable(),
    quietClock(),
    ({ lease }, isFirstTake) => {
      started.push([lease.key, isFirstTake]);
    },
  );
  held.add(MINE, { sentAtMs: 0, previousOwner: "you", isFirstTake: true });
  expect(started).toEqual([[MINE.key, true]]);
  expect(told.of("leaseTaken")).toEqual([
    { leaseKey: MINE.key, shardId: MINE.shardId, previousOwner: "you", epoch: 1 },
  ]);
  expect([held.size, held.has(MINE.key), held.all().map(({ lease }) => lease.key)]).toEqual([
    1,
    true,
    [MINE.key],
  ]);
});

test("a lease that is lost is ours no longer", async () => {
  const { held, told } = holdMany(new MemoryLeaseTable(), quietClock());
  held.add(MINE, BY_US);
  await held.all()[0]?.renew();
  expect(held.size).toBe(0);
  expect(told.of("leaseLost")).toEqual([
    { leaseKey: MINE.key, shardId: MINE.shardId, cause: "deleted", newOwner: undefined },
  ]);
});

test("a lease that is given up is ours no longer", async () => {
  const table = new MemoryLeaseTable();
  await table.create({ ...MINE, wantedBy: "you" }, ANY_SIGNAL);
  const { held, told } = holdMany(table, quietClock());
  held.add({ ...MINE, wantedBy: "you" }, BY_US);
  await held.all()[0]?.release();
  expect(held.has(MINE.key)).toBe(false);
  expect(told.of("leaseReleased")).toEqual([
    { leaseKey: MINE.key, shardId: MINE.shardId, to: "you" },
  ]);
});
