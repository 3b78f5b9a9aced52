import { untilAborted } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { FAILOVER_MS, Fleet, type TestWorker } from "../support/fleet.ts";
import { foreignLease, positionOf, shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { ANY_SIGNAL } from "../support/held.ts";

const PASS_MS = FAILOVER_MS / 4;

/** Puts a record in every shard, sooner or later, so many times a second. */
async function putForMs(fleet: Fleet, forMs: number, from = 0): Promise<string[]> {
  const texts: string[] = [];
  for (const i of range(forMs / 50)) {
    const text = `r${from + i}`;
    texts.push(text);
    await fleet.put([text], `key-${i}`);
    await fleet.clock.advance(50);
  }
  return texts;
}

function countsOf(fleet: Fleet): number[] {
  const counts = new Map<string, number>();
  for (const owner of fleet.owners) {
    if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return [...counts.values()].sort((a, b) => a - b);
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
    for (const shard of fleet.emulator.inspect("orders")?.shards ?? []) {
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
  const moves = () => workers.reduce((sum, { told }) => sum + told("leaseTaken").length, 0);
  const before = moves();
  await fleet.clock.advance(600_000);
  expect(moves()).toBe(before);
});

test("22 more-workers: two leases among five workers do not wander for ten minutes", async () => {
  const fleet = new Fleet(2);
  const workers = range(5).map((i) => fleet.start(`worker-${i}`));
  await fleet.clock.advance(60_000);
  const owners = fleet.owners;
  expect(new Set(owners).size).toBe(2);
  await fleet.clock.advance(600_000);
  expect(fleet.owners).toEqual(owners);
  for (const { told } of workers) expect(told("leaseLost")).toEqual([]);
});

describe("a crash", () => {
  test("is noticed within a failover time and one pass, and the other one goes on behind the last checkpoint", async () => {
    const fleet = new Fleet(2);
    const a = fleet.start("a");
    fleet.start("b");
    const before = await putForMs(fleet, 12_000);
    expect(countsOf(fleet)).toEqual([1, 1]);
    a.crash();
    const crashedAtMs = fleet.clock.nowMs();
    const after = await putForMs(fleet, 16_000, before.length);
    await fleet.clock.advance(3000);
    expect(fleet.owners).toEqual(["b", "b"]);
    const [lost] = fleet.delivered.filter(({ worker, record, atMs }) => {
      return worker === "b" && record.sequenceNumber !== "" && atMs > crashedAtMs;
    });
    expect(lost).toBeDefined();
    const orphan = fleet.delivered.find((one) => one.worker === "a")?.shardId;
    const takenOver = fleet.delivered.find(
      (one) => one.worker === "b" && one.shardId === orphan && one.atMs > crashedAtMs,
    );
    expect((takenOver?.atMs ?? 1e9) - crashedAtMs).toBeLessThanOrEqual(FAILOVER_MS + PASS_MS + 250);
    expect([...new Set(fleet.texts)].sort()).toEqual([...before, ...after].sort());
  });

  test("72 crash-replay: repeats at most what was handled since the last renewal", async () => {
    const fleet = new Fleet(1);
    const a = fleet.start("a");
    const texts = await putForMs(fleet, 9000);
    a.crash();
    fleet.start("b");
    await fleet.clock.advance(FAILOVER_MS + 2 * PASS_MS);
    const twice = texts.filter((text) => fleet.texts.filter((one) => one === text).length > 1);
    expect(new Set(fleet.texts)).toEqual(new Set(texts));
    // A renewal each 3.3 s, a record each 50 ms.
    expect(twice.length).toBeLessThanOrEqual(3400 / 50);
    expect(twice).toEqual(texts.slice(texts.length - twice.length));
  });

  test("20 same-id-restart: the same worker id gets its leases back at once", async () => {
    const fleet = new Fleet(3);
    const first = fleet.start("a");
    await fleet.clock.advance(3000);
    first.crash();
    await fleet.clock.advance(3000);
    await fleet.put(["after"]);
    fleet.start("a");
    await fleet.clock.advance(500);
    expect(fleet.texts).toEqual(["after"]);
  });

  test("13 no-wall-clock: a wall clock that jumps takes no lease and loses none", async () => {
    const fleet = new Fleet(2);
    const jumping = {
      ...clockOf(fleet),
      wallTimeMs: () => fleet.clock.wallTimeMs() * (fleet.clock.nowMs() % 2),
    };
    const workers = [fleet.start("a", { clock: jumping }), fleet.start("b")];
    await fleet.clock.advance(120_000);
    for (const { told } of workers) expect(told("leaseLost")).toEqual([]);
    expect(countsOf(fleet)).toEqual([1, 1]);
  });
});

function clockOf({ clock }: Fleet) {
  return {
    nowMs: () => clock.nowMs(),
    startTimer: (delayMs: number, onFire: () => void) => clock.startTimer(delayMs, onFire),
  };
}

describe("a drain", () => {
  test("93 stop-release: hands everything over without a duplicate, within two passes", async () => {
    const fleet = new Fleet(4);
    const a = fleet.start("a");
    fleet.start("b");
    const before = await putForMs(fleet, 12_000);
    a.stop();
    const after = await putForMs(fleet, 8000, before.length);
    await fleet.clock.advance(3000);
    expect(a.run.state()).toBe("resolved");
    expect(fleet.owners).toEqual(["b", "b", "b", "b"]);
    expect(fleet.texts.sort()).toEqual([...before, ...after].sort());
    expect(a.told("leaseLost")).toEqual([]);
  });

  test("finishes the batch in hand and delivers no further one", async () => {
    const fleet = new Fleet(1);
    await fleet.put(range(10).map((i) => `r${i}`));
    const a = fleet.start("a", {
      batch: { maxRecords: 2 },
      handle: () => new Promise<void>((resolve) => void fleet.clock.startTimer(1000, resolve)),
    });
    await fleet.clock.advance(1500);
    a.stop();
    await fleet.clock.advance(0);
    expect(a.run.state()).toBe("pending");
    await fleet.clock.advance(1000);
    expect(a.run.state()).toBe("resolved");
    expect(fleet.texts).toEqual(["r0", "r1", "r2", "r3"]);
    const last = fleet.delivered.at(-1)?.record.sequenceNumber ?? "";
    expect(fleet.table.snapshot()[0]).toMatchObject({ checkpoint: positionOf(last) });
    expect(fleet.owners).toEqual([undefined]);
  });

  test("95 stop-per-lease: releases the idle shards at once, however long one of them takes", async () => {
    const fleet = new Fleet(10);
    await fleet.put(["slow"]);
    const a = fleet.start("a", {
      handle: () => new Promise<void>((resolve) => void fleet.clock.startTimer(5000, resolve)),
    });
    await fleet.clock.advance(1000);
    a.stop();
    await fleet.clock.advance(100);
    expect(fleet.owners.filter((owner) => owner !== undefined)).toHaveLength(1);
    await fleet.clock.advance(5000);
    expect(a.run.state()).toBe("resolved");
    expect(fleet.owners.filter((owner) => owner !== undefined)).toEqual([]);
  });

  test("keeps renewing while the last batch is handled, so that nobody takes the lease meanwhile", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["slow"]);
    const a = fleet.start("a", {
      drainTimeoutMs: 60_000,
      handle: () => new Promise<void>((resolve) => void fleet.clock.startTimer(30_000, resolve)),
    });
    await fleet.clock.advance(1000);
    fleet.start("b");
    a.stop();
    await fleet.clock.advance(28_000);
    expect(fleet.owners).toEqual(["a"]);
    await fleet.clock.advance(5000);
    expect(fleet.owners).toEqual(["b"]);
    expect(fleet.texts).toEqual(["slow"]);
  });

  test("94 stop-deadline: ends at its timeout though a handler hangs; the signal aborts and the lease is free", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["a"]);
    const signals: AbortSignal[] = [];
    const a = fleet.start("a", {
      drainTimeoutMs: 5000,
      handle: (_, { signal }) => {
        signals.push(signal);
        return new Promise<void>(() => undefined);
      },
    });
    await fleet.clock.advance(1000);
    a.stop();
    await fleet.clock.advance(4999);
    expect([a.run.state(), signals[0]?.aborted]).toEqual(["pending", false]);
    await fleet.clock.advance(1);
    expect([a.run.state(), signals[0]?.aborted]).toEqual(["resolved", true]);
    expect(fleet.owners).toEqual([undefined]);
    expect(fleet.table.snapshot()[0]?.checkpoint).toEqual(positionOf("TRIM_HORIZON"));
    fleet.start("b");
    await fleet.clock.advance(1000);
    expect(fleet.texts).toEqual(["a", "a"]);
  });

  test("takes no time where none is given", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["a"]);
    const a = fleet.start("a", {
      drainTimeoutMs: 0,
      handle: () => new Promise<void>(() => undefined),
    });
    await fleet.clock.advance(1000);
    a.stop();
    await fleet.clock.advance(0);
    expect(a.run.state()).toBe("resolved");
    expect(fleet.owners).toEqual([undefined]);
  });

  test("ends though the lease table does not answer, a second after its timeout", async () => {
    const fleet = new Fleet(1);
    let isDown = false;
    const a = fleet.start("a", {
      drainTimeoutMs: 2000,
      tableFaults: {
        update: (next, ...args) =>
          isDown ? untilAborted(new Promise(() => undefined), args[2]) : next(...args),
      },
    });
    await fleet.clock.advance(1000);
    isDown = true;
    a.stop();
    await fleet.clock.advance(2999);
    expect(a.run.state()).toBe("pending");
    await fleet.clock.advance(1);
    expect(a.run.state()).toBe("resolved");
    expect(fleet.owners).toEqual(["a"]);
  });

  test("tells what it gives up, and its end", async () => {
    const fleet = new Fleet(2);
    const a = fleet.start("a");
    await fleet.clock.advance(1000);
    a.stop();
    await fleet.clock.advance(0);
    expect(a.told("draining")).toEqual([{ leases: 2 }]);
    expect(a.told("stopped")).toEqual([{ workerId: "a" }]);
    const released = a.told("leaseReleased");
    expect(released.map(({ shardId }) => shardId).sort()).toEqual([0, 1].map(shardIdOf));
    expect(released.map(({ to }) => to)).toEqual([undefined, undefined]);
  });
});

describe("beside workers of the KCL", () => {
  test("23 steal-one: a lease is stolen from a worker that has too many, and a live one keeps the rest", async () => {
    const fleet = new Fleet(4);
    for (const i of range(4)) await fleet.table.create(foreignLease(i, "java"), ANY_SIGNAL);
    fleet.start("a");
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
      if (round === 0) expect(countsOf(fleet)).toEqual([2, 2]);
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
