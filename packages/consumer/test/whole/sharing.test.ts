// Several workers: who reads what, and what happens when one of them goes.
import { expect, test } from "vitest";
import { failed } from "../support/failures.ts";
import { newGate } from "../support/promises.ts";
import { FAILOVER_MS, newFleet } from "../support/fleet.ts";

const TABLE_DOWN = failed("unreachable");
const TABLE_THROTTLED = failed("throttled");
/** Twice the longest that balance takes: a few passes of a quarter of a failover time each. */
const BALANCED_MS = 3 * FAILOVER_MS;

test.each([
  [10, 3, [3, 3, 4]],
  [4, 2, [2, 2]],
  [7, 7, [1, 1, 1, 1, 1, 1, 1]],
  [2, 5, [1, 1]],
])("21 ceil-target: %i shards among %i workers: %j", async (shards, workers, shares) => {
  const fleet = newFleet(shards);
  for (let i = 0; i < workers; i += 1) {
    fleet.start(`w${i}`);
    await fleet.clock.advance(500);
  }
  await fleet.clock.advance(BALANCED_MS);
  expect(Object.values(fleet.shares()).sort((a, b) => a - b)).toEqual(shares);
});

test("24 no-flap: once balanced, no lease moves for ten minutes", async () => {
  const fleet = newFleet(5);
  const workers = [fleet.start("a"), fleet.start("b")];
  await fleet.clock.advance(BALANCED_MS);
  const moves = (): number =>
    workers.reduce((sum, worker) => sum + worker.of("leaseTaken").length, 0);
  const before = moves();
  await fleet.clock.advance(600_000);
  expect(moves()).toBe(before);
  expect(workers.flatMap((worker) => worker.of("leaseLost"))).toEqual([]);
});

test("26 max-leases: a worker takes no more than it may", async () => {
  const fleet = newFleet(5);
  fleet.start("a", { options: { leases: { failoverMs: FAILOVER_MS, maxPerWorker: 2 } } });
  await fleet.clock.advance(BALANCED_MS);
  expect(fleet.shares()).toEqual({ a: 2 });
});

test("a second worker is handed its share without a gap, a duplicate or a record out of order", async () => {
  const fleet = newFleet(4);
  const puts = async (from: number, to: number): Promise<void> => {
    for (let i = from; i < to; i += 1) {
      await fleet.put([`${i}`], BigInt(i % 4) << 126n);
      await fleet.clock.advance(100);
    }
  };
  const first = fleet.start("a");
  await puts(0, 100);
  fleet.start("b");
  await puts(100, 400);
  await fleet.clock.advance(5000);
  expect(fleet.shares()).toEqual({ a: 2, b: 2 });
  expect(
    fleet
      .texts()
      .map(Number)
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: 400 }, (_, i) => i));
  for (const lane of [0, 1, 2, 3]) {
    const own = fleet
      .texts()
      .map(Number)
      .filter((i) => i % 4 === lane);
    expect(own).toEqual([...own].sort((a, b) => a - b));
  }
  expect(first.of("leaseReleased").map(({ to }) => to)).toEqual(["b", "b"]);
  expect(first.of("leaseLost")).toEqual([]);
});

test("a batch under way is finished before its lease is handed over", async () => {
  const fleet = newFleet(2);
  const gate = newGate();
  await fleet.put(["slow"], 0n);
  await fleet.put(["slow too"], 1n << 127n);
  fleet.start("a", { handle: () => gate.opened });
  await fleet.clock.advance(1000);
  fleet.start("b");
  await fleet.clock.advance(8000);
  expect(fleet.texts("b")).toEqual([]);
  gate.open();
  await fleet.clock.advance(3000);
  expect(fleet.shares()).toEqual({ a: 1, b: 1 });
  expect(fleet.texts("b")).toEqual([]);
});

test("12 expire-by-counter: the leases of a worker that is cut off are taken when a failover time has passed", async () => {
  const fleet = newFleet(4);
  const first = fleet.start("a");
  await fleet.clock.advance(1000);
  const second = fleet.start("b");
  await fleet.clock.advance(BALANCED_MS);
  first.cutOff();
  const cutAtMs = fleet.clock.nowMs();
  await fleet.put(["0", "1", "2"], 0n);
  await fleet.put(["3"], 1n << 126n);
  await fleet.put(["4"], 1n << 127n);
  await fleet.put(["5"], 3n << 126n);
  await fleet.until(() => fleet.shares()["b"] === 4);
  expect(fleet.clock.nowMs() - cutAtMs).toBeGreaterThan(FAILOVER_MS - 3500);
  expect(fleet.clock.nowMs() - cutAtMs).toBeLessThan(1.5 * FAILOVER_MS);
  await fleet.clock.advance(3000);
  expect(fleet.texts("b").sort()).toEqual(["0", "1", "2", "3", "4", "5"]);
  expect(first.of("leaseLost").map(({ cause }) => cause)).toEqual(["expired", "expired"]);
  expect(
    second
      .of("leaseTaken")
      .slice(-2)
      .map(({ previousOwner }) => previousOwner),
  ).toEqual(["a", "a"]);
});

test("a worker that is cut off has given its leases up before another takes them", async () => {
  const fleet = newFleet(1);
  const first = fleet.start("a");
  const second = fleet.start("b");
  await fleet.until(
    () => fleet.deliveries.length === 0 && Object.keys(fleet.shares()).length === 1,
    5000,
  );
  const [holder, other] = fleet.shares()["a"] === 1 ? [first, second] : [second, first];
  await fleet.clock.advance(2 * FAILOVER_MS);
  holder.cutOff();
  let lostAtMs = 0;
  let takenAtMs = 0;
  holder.consumer.on("leaseLost", () => {
    lostAtMs = fleet.clock.nowMs();
  });
  other.consumer.on("leaseTaken", () => {
    takenAtMs = fleet.clock.nowMs();
  });
  await fleet.until(() => takenAtMs > 0);
  expect(lostAtMs).toBeGreaterThan(0);
  expect(takenAtMs).toBeGreaterThan(lostAtMs);
});

test("a handler hears at once that its lease is lost, and what it did does not count", async () => {
  const fleet = newFleet(1);
  await fleet.put(["x"]);
  const gate = newGate();
  let abortedAtMs = 0;
  const first = fleet.start("a", {
    handle: async (_, { signal }) => {
      signal.addEventListener("abort", () => {
        abortedAtMs = fleet.clock.nowMs();
      });
      await gate.opened;
    },
  });
  await fleet.until(() => fleet.deliveries.length === 1);
  first.cutOff();
  const cutAtMs = fleet.clock.nowMs();
  fleet.start("b");
  await fleet.until(() => fleet.texts("b").length === 1);
  expect(abortedAtMs - cutAtMs).toBeLessThanOrEqual(FAILOVER_MS);
  gate.open();
  await fleet.clock.advance(1000);
  const [lease] = fleet.table.snapshot();
  expect(lease?.owner).toBe("b");
  expect(first.of("batchProcessed")).toEqual([]);
});

test("20 same-id-restart: a worker that comes back under its name has its leases at once", async () => {
  const fleet = newFleet(3);
  const before = fleet.start("a");
  await fleet.clock.advance(2000);
  before.cutOff();
  await fleet.clock.advance(3000);
  fleet.start("a");
  const startedAtMs = fleet.clock.nowMs();
  await fleet.put(["x"]);
  await fleet.until(() => fleet.texts().length === 1);
  expect(fleet.clock.nowMs() - startedAtMs).toBeLessThan(2000);
});

test("drain: a worker that is stopped hands everything over within seconds, without a duplicate", async () => {
  const fleet = newFleet(4);
  const first = fleet.start("a");
  await fleet.clock.advance(500);
  fleet.start("b");
  await fleet.clock.advance(BALANCED_MS);
  for (let i = 0; i < 40; i += 1) await fleet.put([`${i}`], BigInt(i % 4) << 126n);
  await fleet.clock.advance(300);
  first.stop();
  await fleet.until(() => first.run.state() === "resolved");
  const stoppedAtMs = fleet.clock.nowMs();
  await fleet.until(() => fleet.shares()["b"] === 4);
  expect(fleet.clock.nowMs() - stoppedAtMs).toBeLessThan(FAILOVER_MS / 2);
  await fleet.clock.advance(5000);
  expect(
    fleet
      .texts()
      .map(Number)
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: 40 }, (_, i) => i));
});

test("drain: a handler that takes too long is left behind, its signal aborted, its batch not counted", async () => {
  const fleet = newFleet(1);
  await fleet.put(["x"]);
  const gate = newGate();
  let isAborted = false;
  const first = fleet.start("a", {
    run: { drainTimeoutMs: 3000 },
    handle: async (_, { signal }) => {
      signal.addEventListener("abort", () => {
        isAborted = true;
      });
      await gate.opened;
    },
  });
  await fleet.until(() => fleet.deliveries.length === 1);
  const stoppedAtMs = fleet.clock.nowMs();
  first.stop();
  await fleet.clock.advance(2999);
  expect(isAborted).toBe(false);
  await fleet.until(() => first.run.state() !== "pending");
  expect(isAborted).toBe(true);
  expect(first.run.state()).toBe("resolved");
  expect(fleet.clock.nowMs() - stoppedAtMs).toBeLessThan(4100);
  expect(fleet.shares()).toEqual({});
  fleet.start("b");
  await fleet.until(() => fleet.texts("b").length === 1);
  gate.open();
});

test("30 ddb-outage-60s: when the lease table cannot be reached reading stops in time, and goes on by itself", async () => {
  const fleet = newFleet(2);
  let isDown = false;
  const worker = fleet.start("a", {
    table: {
      update: (next, key, move, signal) => {
        if (!isDown) return next(key, move, signal);
        return Promise.reject(TABLE_DOWN);
      },
      list: (next, signal) => (isDown ? Promise.reject(TABLE_DOWN) : next(signal)),
    },
  });
  await fleet.clock.advance(3000);
  isDown = true;
  const downAtMs = fleet.clock.nowMs();
  await fleet.until(() => worker.of("leaseLost").length === 2);
  expect(fleet.clock.nowMs() - downAtMs).toBeLessThanOrEqual(FAILOVER_MS);
  await fleet.clock.advance(50_000);
  await fleet.put(["x"]);
  isDown = false;
  await fleet.clock.advance(15_000);
  expect(fleet.texts()).toEqual(["x"]);
  expect(fleet.shares()).toEqual({ a: 2 });
});

test("29 ddb-throttle-5s: writes that are throttled for five seconds cost no lease", async () => {
  const fleet = newFleet(2);
  let isDown = false;
  const worker = fleet.start("a", {
    table: {
      update: (next, key, move, signal) =>
        isDown ? Promise.reject(TABLE_THROTTLED) : next(key, move, signal),
    },
  });
  await fleet.clock.advance(3000);
  isDown = true;
  await fleet.clock.advance(5000);
  isDown = false;
  await fleet.clock.advance(60_000);
  expect(worker.of("leaseLost")).toEqual([]);
  expect(worker.of("leaseTableFailed").length).toBeGreaterThan(0);
});
