import { sleep } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { ConsumerHealth } from "../../src/status/health.ts";
import { createConsumer } from "../../src/consumer.ts";
import { failed } from "../support/failures.ts";
import { FAILOVER_MS, Fleet, STREAM, type TestWorker } from "../support/fleet.ts";
import { shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { newGate } from "../support/promises.ts";
import { limitWriteUnits } from "../support/write-units.ts";

const SHARD = shardIdOf(0);

/** The status, and the kinds of the reasons. */
function of({ consumer }: Pick<TestWorker, "consumer">): [ConsumerHealth["status"], ...string[]] {
  const { reasons, status } = consumer.health();
  return [status, ...reasons.map(({ kind }) => kind)];
}

describe("a consumer", () => {
  test("is down before it runs, then starting, ready, draining, and down again", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["x"]);
    const gate = newGate();
    const a = fleet.start("a", { handle: () => gate.opened });
    expect(of(a)).toEqual(["starting", "starting"]);
    await fleet.clock.advance(1000);
    expect(of(a)).toEqual(["ready"]);
    a.stop();
    await fleet.clock.advance(1000);
    expect(of(a)).toEqual(["draining", "draining"]);
    gate.open();
    await fleet.clock.advance(0);
    expect(a.run.state()).toBe("resolved");
    expect(of(a)).toEqual(["down", "stopped"]);
    const options = { application: "never", stream: STREAM, processBatch: () => undefined };
    const consumer = createConsumer({ ...options, startAt: "LATEST", clock: fleet.clock });
    expect(of({ consumer })).toEqual(["down", "not-started"]);
  });

  test("is ready all the time while it works", async () => {
    const fleet = new Fleet(4);
    const workers = ["a", "b"].map((name) => fleet.start(name));
    await fleet.clock.advance(1000);
    for (const i of range(20)) {
      await fleet.put([`r${i}`], `key-${i}`);
      await fleet.clock.advance(59_999);
      for (const worker of workers) expect(of(worker)).toEqual(["ready"]);
    }
  });

  test("is down when its stream is gone, and when anything else has ended it", async () => {
    const fleet = new Fleet(1);
    const a = fleet.start("a");
    await fleet.clock.advance(5000);
    await fleet.emulator.call("DeleteStream", { StreamName: STREAM });
    await fleet.clock.advance(5000);
    expect(of(a)).toEqual(["down", "stream-gone"]);
    const error = failed("denied", "AccessDeniedException");
    const b = fleet.start("b", { tableFaults: { ensureTable: () => Promise.reject(error) } });
    await fleet.clock.advance(0);
    expect(b.consumer.health()).toEqual({ status: "down", reasons: [{ kind: "failed", error }] });
  });

  test("30 ddb-outage-60s: is degraded from the first missed renewals until all leases are back", async () => {
    const fleet = new Fleet(2);
    let isDown = false;
    const away = <T>(call: () => Promise<T>): Promise<T> =>
      isDown ? Promise.reject(failed("unreachable")) : call();
    const a = fleet.start("a", {
      tableFaults: {
        list: (next, ...args) => away(() => next(...args)),
        update: (next, ...args) => away(() => next(...args)),
      },
    });
    await fleet.clock.advance(20_000);
    isDown = true;
    await fleet.clock.advance(6500);
    expect(of(a)).toEqual(["degraded", "leases-not-renewed", "lease-table-failing"]);
    expect(a.consumer.health().reasons[1]).toMatchObject({
      reason: expect.stringMatching(/unreachable/) as string,
    });
    const late = new Set<string>();
    for (const _ of range(14)) {
      await fleet.clock.advance(250);
      for (const reason of a.consumer.health().reasons) {
        if (reason.kind !== "leases-not-renewed") continue;
        for (const shardId of reason.shardIds) late.add(shardId);
        expect(reason.forMs).toBeGreaterThan(0.75 * FAILOVER_MS);
        expect(reason.forMs).toBeLessThanOrEqual(FAILOVER_MS);
      }
    }
    expect([...late].toSorted()).toEqual([0, 1].map(shardIdOf));
    await fleet.clock.advance(50_000);
    // Without its table the stream's shards cannot be compared with it either.
    expect(of(a)).toEqual(["degraded", "lease-table-failing", "shard-sync-failing"]);
    isDown = false;
    await fleet.clock.advance(FAILOVER_MS + 5000);
    expect(of(a)).not.toContain("lease-table-failing");
    expect(a.consumer.stats().leases).toBe(2);
    await fleet.clock.advance(45_000);
    expect(of(a)).toEqual(["ready"]);
  });

  test("calls no lease late that is renewed as late as a table with too few write units makes it", async () => {
    const fleet = new Fleet(4);
    let perSecond = 1000;
    const { faults } = limitWriteUnits(fleet.clock, () => perSecond);
    const a = fleet.start("a", { tableFaults: faults });
    await fleet.clock.advance(20_000);
    perSecond = 0;
    await fleet.clock.advance(5000);
    perSecond = 1000;
    // By then every lease was renewed.
    await fleet.clock.advance(2500);
    for (const _ of range(100)) {
      await fleet.clock.advance(250);
      expect(of(a)).not.toContain("leases-not-renewed");
    }
    expect(of(a)).toEqual(["ready"]);
  });

  test("is down and nothing else when it has stopped while the lease table was away", async () => {
    const fleet = new Fleet(1);
    let isDown = false;
    const a = fleet.start("a", {
      drainTimeoutMs: 1000,
      tableFaults: {
        update: (next, ...args) => (isDown ? Promise.reject(failed("unreachable")) : next(...args)),
      },
    });
    await fleet.clock.advance(5000);
    isDown = true;
    await fleet.clock.advance(6000);
    a.stop();
    await fleet.clock.advance(5000);
    expect(a.run.state()).toBe("resolved");
    expect(of(a)).toEqual(["down", "stopped"]);
  });

  test("is not degraded by a single call that fails", async () => {
    const fleet = new Fleet(1);
    let failures = 0;
    const a = fleet.start("a", {
      tableFaults: {
        update: (next, ...args) => {
          failures += 1;
          return failures === 3 ? Promise.reject(failed("throttled")) : next(...args);
        },
      },
    });
    await fleet.clock.advance(1000);
    for (const _ of range(100)) {
      await fleet.clock.advance(200);
      expect(of(a)).toEqual(["ready"]);
    }
    expect(a.told("leaseTableFailed")).toHaveLength(1);
  });

  test("28 event-loop-stall: is degraded for a failover time after nothing could run", async () => {
    const fleet = new Fleet(1);
    const jump = { byMs: 0 };
    const { clock } = fleet;
    const stalling = {
      wallTimeMs: () => clock.wallTimeMs(),
      nowMs: () => clock.nowMs() + jump.byMs,
      startTimer: (delayMs: number, onFire: () => void) => clock.startTimer(delayMs, onFire),
    };
    const a = fleet.start("a", { clock: stalling });
    await clock.advance(10_000);
    expect(of(a)).toEqual(["ready"]);
    jump.byMs = 3000;
    // Long enough to be noticed; a renewal that was due meanwhile has gone out.
    await clock.advance(3500);
    expect(of(a)).toEqual(["degraded", "event-loop-blocked"]);
    const [stall] = a.consumer.health().reasons;
    expect(stall).toHaveProperty("blockedMs", a.told("eventLoopBlocked")[0]?.blockedMs);
    await clock.advance(FAILOVER_MS);
    expect(of(a)).toEqual(["ready"]);
  });

  test("is degraded while the stream's shards cannot be listed", async () => {
    const fleet = new Fleet(1);
    let isDenied = true;
    const denied = failed("denied", "AccessDeniedException");
    const a = fleet.start("a", {
      kinesisFaults: {
        listShards: (next, ...args) => (isDenied ? Promise.reject(denied) : next(...args)),
      },
    });
    await fleet.clock.advance(120_000);
    expect(of(a)).toEqual(["degraded", "shard-sync-failing"]);
    expect(a.consumer.health().reasons[0]).toHaveProperty(
      "forMs",
      expect.toSatisfy((ms) => ms > 1e5),
    );
    isDenied = false;
    while (a.told("leasesCreated").length === 0) await fleet.clock.advance(500);
    expect(of(a)).toEqual(["ready"]);
    expect(a.told("shardSyncRecovered")).toHaveLength(1);
    await fleet.clock.advance(120_000);
    expect(a.told("shardSyncRecovered")).toHaveLength(1);
  });
});

describe("a shard makes its consumer degraded", () => {
  test("while it is halted", async () => {
    const fleet = new Fleet(2);
    let isCured = false;
    const a = fleet.start("a", {
      handle: () => {
        if (!isCured) throw new Error("not today");
      },
    });
    await fleet.put(["bad"]);
    await fleet.clock.advance(20_000);
    expect(of(a)).toEqual(["degraded", "shard-halted"]);
    const { sequenceNumber } = a.told("shardHalted")[0] ?? {};
    const { shardId } = a.told("shardHalted")[0] ?? {};
    expect(a.consumer.health().reasons[0]).toMatchObject({ shardId, at: { sequenceNumber } });
    isCured = true;
    await fleet.clock.advance(60_000);
    expect(of(a)).toEqual(["ready"]);
  });

  test("while its handler is late, and until it has done something again", async () => {
    const fleet = new Fleet(1);
    const gate = newGate();
    await fleet.put(["slow"]);
    const a = fleet.start("a", { onFailure: { timeoutMs: 5000 }, handle: () => gate.opened });
    await fleet.clock.advance(4000);
    expect(of(a)).toEqual(["ready"]);
    await fleet.clock.advance(6000);
    expect(of(a)).toEqual(["degraded", "handler-timed-out"]);
    expect(a.consumer.health().reasons[0]).toMatchObject({ shardId: SHARD, forMs: 10_000 });
    gate.open();
    await fleet.clock.advance(5000);
    expect(of(a)).toEqual(["ready"]);
  });

  test("while its handler is late, but not when it has returned and fails in time", async () => {
    const fleet = new Fleet(1);
    const gate = newGate();
    await fleet.put(["slow"]);
    const a = fleet.start("a", {
      onFailure: { timeoutMs: 1000, maxAttempts: 2 },
      handle: async () => {
        await gate.opened;
        throw new Error("not today");
      },
    });
    await fleet.clock.advance(3000);
    expect(of(a)).toEqual(["degraded", "handler-timed-out"]);
    gate.open();
    await fleet.clock.advance(3000);
    expect(of(a)).toEqual(["degraded", "shard-halted"]);
  });

  test("while the dead-letter sink fails", async () => {
    const fleet = new Fleet(1);
    const down = new Error("the sink is down");
    let isDown = true;
    await fleet.put(["bad"]);
    const a = fleet.start("a", {
      onFailure: {
        maxAttempts: 1,
        then: "dead-letter",
        deadLetter: () => {
          if (isDown) throw down;
        },
      },
      handle: () => {
        throw new Error("bad");
      },
    });
    await fleet.clock.advance(5000);
    expect(of(a)).toEqual(["degraded", "dead-letter-failing"]);
    expect(a.consumer.health().reasons[0]).toMatchObject({ error: down });
    isDown = false;
    await fleet.clock.advance(60_000);
    expect(of(a)).toEqual(["ready"]);
  });

  test("while a hook fails", async () => {
    const fleet = new Fleet(1);
    let isDown = true;
    const a = fleet.start("a", {
      hooks: {
        onShardStarted: () => {
          if (isDown) throw new Error("no database");
        },
      },
    });
    await fleet.clock.advance(20_000);
    expect(of(a)).toEqual(["degraded", "hook-failing"]);
    expect(a.consumer.health().reasons[0]).toMatchObject({ hook: "onShardStarted" });
    expect(a.consumer.stats().shards).toMatchObject([{ state: "starting" }]);
    isDown = false;
    await fleet.clock.advance(60_000);
    expect(of(a)).toEqual(["ready"]);
  });

  test("while it cannot be read, but not for a moment", async () => {
    const fleet = new Fleet(1);
    let isDenied = false;
    const denied = failed("denied", "KMSAccessDeniedException");
    const a = fleet.start("a", {
      kinesisFaults: {
        getRecords: (next, ...args) => (isDenied ? Promise.reject(denied) : next(...args)),
      },
    });
    await fleet.clock.advance(5000);
    isDenied = true;
    await fleet.clock.advance(5000);
    expect(of(a)).toEqual(["ready"]);
    await fleet.clock.advance(60_000);
    expect(of(a)).toEqual(["degraded", "read-failing"]);
    expect(a.consumer.health().reasons[0]).toMatchObject({
      reason: "the test says denied",
    });
    // The shard is not read, so nobody knows of newer records: the lag is at least the time since.
    expect(a.consumer.stats().lagMs).toBeGreaterThan(60_000);
    isDenied = false;
    await fleet.clock.advance(60_000);
    expect(of(a)).toEqual(["ready"]);
  });

  test("while it is paused", async () => {
    const fleet = new Fleet(1);
    const a = fleet.start("a");
    await fleet.clock.advance(1000);
    a.consumer.pause({ shardId: SHARD });
    expect(of(a)).toEqual(["degraded", "paused"]);
    a.consumer.resume({ shardId: SHARD });
    expect(of(a)).toEqual(["ready"]);
  });

  test("while it lags behind further than lagWarningMs, where that is said", async () => {
    const fleet = new Fleet(1);
    const a = fleet.start("a", {
      lagWarningMs: 30_000,
      handle: (_, { signal }) => sleep(fleet.clock, 60_000, signal),
    });
    await fleet.put(["x"]);
    await fleet.clock.advance(45_000);
    expect(of(a)).toEqual(["degraded", "lag-exceeded"]);
    expect(a.told("lagExceeded")).toMatchObject([{ warningMs: 30_000 }]);
    await fleet.clock.advance(30_000);
    expect(of(a)).toEqual(["ready"]);
    expect(a.told("lagRecovered")).toMatchObject([{ shardId: SHARD, lagMs: 0 }]);
  });
});
