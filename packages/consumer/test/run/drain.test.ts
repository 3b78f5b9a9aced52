import { sleep, untilAborted } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { Fleet } from "../support/fleet.ts";
import { putForMs } from "../support/fleet-looks.ts";
import { positionOf, shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";

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

  test("that overtakes a take starts what it brings only to give it up again", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["x"]);
    const a = fleet.start("a", {
      tableFaults: {
        update: async (next, key, move, signal) => {
          await sleep(fleet.clock, 1000, signal);
          return next(key, move, signal);
        },
      },
    });
    await fleet.clock.advance(500);
    a.stop();
    // The take, the giving up, and the word of it to others.
    await fleet.clock.advance(3000);
    expect(a.run.state()).toBe("resolved");
    expect(a.told("leaseTaken")).toHaveLength(1);
    expect(fleet.owners).toEqual([undefined]);
    expect(fleet.texts).toEqual([]);
  });

  test("takes back what the worker had asked for", async () => {
    const fleet = new Fleet(2);
    await putForMs(fleet, 1000);
    fleet.start("a", { handle: () => new Promise<void>(() => undefined), drainTimeoutMs: 0 });
    await fleet.clock.advance(1000);
    const b = fleet.start("b");
    await fleet.clock.advance(1000);
    const wishes = () => fleet.table.snapshot().filter(({ wantedBy }) => wantedBy === "b");
    expect(wishes()).toHaveLength(1);
    b.stop();
    await fleet.clock.advance(1000);
    expect(b.run.state()).toBe("resolved");
    expect(wishes()).toEqual([]);
    expect(fleet.owners).toEqual(["a", "a"]);
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
