import { describe, expect, test } from "vitest";
import { FAILOVER_MS, Fleet, STREAM, type TestWorker } from "../support/fleet.ts";
import { countsOf, putForMs } from "../support/fleet-looks.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { foreignLease, positionOf, shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";

/** How often a lease has come to one of them. */
function movesOf(workers: readonly TestWorker[]): number {
  return workers.reduce((sum, { told }) => sum + told("leaseTaken").length, 0);
}

describe("two workers", () => {
  test("share the shards, whoever came first, and deliver every record once", async () => {
    const fleet = new Fleet(4);
    fleet.start("a");
    const early = await putForMs(fleet, 5000);
    fleet.start("b");
    const late = await putForMs(fleet, 15_000, early.length);
    await fleet.clock.advance(3000);
    expect(countsOf(fleet)).toEqual([2, 2]);
    expect(fleet.texts.sort()).toEqual([...early, ...late].sort());
  });

  test("keep the order of every shard through the handover", async () => {
    const fleet = new Fleet(4);
    fleet.start("a");
    await putForMs(fleet, 3000);
    fleet.start("b");
    await putForMs(fleet, 10_000, 1000);
    await fleet.clock.advance(3000);
    for (const shard of fleet.emulator.inspect(STREAM)?.shards ?? []) {
      const numbers = fleet.delivered
        .filter(({ shardId }) => shardId === shard.shardId)
        .map(({ record }) => record.sequenceNumber);
      expect(numbers).toEqual(shard.records.map(({ sequenceNumber }) => sequenceNumber));
    }
  });

  test("that start together create the leases once and share them at once or by a wish", async () => {
    const fleet = new Fleet(6);
    const workers = [fleet.start("a"), fleet.start("b")];
    await fleet.clock.advance(FAILOVER_MS);
    expect(fleet.table.snapshot()).toHaveLength(6);
    expect(countsOf(fleet)).toEqual([3, 3]);
    for (const { told } of workers) expect(told("leaseLost")).toEqual([]);
  });
});

test("21 ceil-target: ten leases and three workers come to four, three and three, and then stand still", async () => {
  const fleet = new Fleet(10);
  const workers: TestWorker[] = [];
  for (const name of ["a", "b", "c"]) {
    workers.push(fleet.start(name));
    await fleet.clock.advance(3000);
  }
  await fleet.clock.advance(30_000);
  expect(countsOf(fleet)).toEqual([3, 3, 4]);
  const before = movesOf(workers);
  await fleet.clock.advance(600_000);
  expect(movesOf(workers)).toBe(before);
});

test("22 more-workers: two leases among five workers do not wander for ten minutes", async () => {
  const fleet = new Fleet(2);
  const workers = range(5).map((i) => fleet.start(`worker-${i}`));
  await fleet.clock.advance(60_000);
  const owners = fleet.owners;
  expect(new Set(owners).size).toBe(2);
  const before = movesOf(workers);
  await fleet.clock.advance(600_000);
  expect(movesOf(workers)).toBe(before);
  expect(fleet.owners).toEqual(owners);
  for (const { told } of workers) expect(told("leaseLost")).toEqual([]);
});

test("24 no-flap: five leases among two workers, three and two, do not wander for ten minutes", async () => {
  const fleet = new Fleet(5);
  const workers = ["a", "b"].map((name) => fleet.start(name));
  await fleet.clock.advance(60_000);
  expect(countsOf(fleet)).toEqual([2, 3]);
  const { owners } = fleet;
  const before = movesOf(workers);
  expect(before).toBeGreaterThanOrEqual(5);
  await fleet.clock.advance(600_000);
  expect(movesOf(workers)).toBe(before);
  expect(fleet.owners).toEqual(owners);
});

describe("beside workers of the KCL", () => {
  test("23 steal-one: a lease is stolen from a worker that has too many, and a live one keeps the rest", async () => {
    const fleet = new Fleet(4);
    for (const i of range(4)) await fleet.table.create(foreignLease(i, "java"), ANY_SIGNAL);
    fleet.start("a");
    await fleet.clock.advance(0);
    for (const round of range(20)) {
      for (const i of range(4)) {
        if (fleet.owners[i] !== "java") continue;
        const { counter } = fleet.table.snapshot()[i] ?? { counter: 0 };
        await fleet.table.update(
          shardIdOf(i),
          { expect: {}, patch: { counter: counter + 1 } },
          ANY_SIGNAL,
        );
      }
      await fleet.clock.advance(3000);
      if (round === 5) expect(countsOf(fleet)).toEqual([1, 3]);
    }
    expect(countsOf(fleet)).toEqual([2, 2]);
  });

  test("a lease stolen by one of them is given up at once by ours, and its handler's signal aborts", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["x"]);
    const signals: AbortSignal[] = [];
    const a = fleet.start("a", {
      handle: (_, { signal }) => {
        signals.push(signal);
        return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      },
    });
    await fleet.clock.advance(1000);
    const { counter } = fleet.table.snapshot()[0] ?? { counter: 0 };
    const patch = { owner: "java", counter: counter + 1 };
    await fleet.table.update(shardIdOf(0), { expect: {}, patch }, ANY_SIGNAL);
    await fleet.clock.advance(3400);
    expect(signals[0]?.aborted).toBe(true);
    expect(a.told("leaseLost")).toMatchObject([{ cause: "taken", newOwner: "java" }]);
    expect(fleet.table.snapshot()[0]?.checkpoint).toEqual(positionOf("TRIM_HORIZON"));
    expect(a.told("batchProcessed")).toEqual([]);
  });
});
