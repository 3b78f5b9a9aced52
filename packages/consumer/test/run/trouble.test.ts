import { KinesisError, sleep, untilAborted } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { FAILOVER_MS, Fleet, STREAM } from "../support/fleet.ts";
import { failed } from "../support/failures.ts";
import { positionOf, shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { track } from "../support/promises.ts";

describe("a stream", () => {
  test("that does not exist ends the run with STREAM_NOT_FOUND and leaves no lease", async () => {
    const fleet = new Fleet(1);
    const worker = fleet.start("a", { stream: "nowhere" });
    await fleet.clock.advance(0);
    expect(KinesisError.is(worker.run.reason(), "STREAM_NOT_FOUND")).toBe(true);
    expect(worker.run.reason()).toMatchObject({
      message: "stream nowhere does not exist; create it, or check its name, region and account",
      details: { stream: "nowhere" },
      isRetryable: false,
    });
    expect(fleet.table.snapshot()).toEqual([]);
    expect(worker.told("stopped")).toHaveLength(1);
  });

  test("62 stream-deleted: that is deleted ends the run, and its leases are kept as they were", async () => {
    const fleet = new Fleet(2);
    await fleet.put(["x"]);
    const worker = fleet.start("a");
    await fleet.clock.advance(5000);
    await fleet.emulator.call("DeleteStream", { StreamName: STREAM });
    await fleet.clock.advance(5000);
    expect(KinesisError.is(worker.run.reason(), "STREAM_NOT_FOUND")).toBe(true);
    const leases = fleet.table.snapshot();
    expect(leases).toHaveLength(2);
    for (const { checkpoint } of leases) expect(checkpoint).not.toEqual(positionOf("SHARD_END"));
  });

  test("that is not found for a moment, though it is there, is read on: no shard ends for it", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["before"]);
    let isMissing = false;
    const worker = fleet.start("a", {
      kinesisFaults: {
        getRecords: (next, ...args) =>
          isMissing
            ? Promise.reject(failed("missing", "ResourceNotFoundException"))
            : next(...args),
      },
    });
    await fleet.clock.advance(5000);
    isMissing = true;
    await fleet.clock.advance(2000);
    isMissing = false;
    await fleet.put(["after"]);
    await fleet.clock.advance(60_000);
    expect(fleet.texts).toEqual(["before", "after"]);
    expect(worker.told("shardEnded")).toEqual([]);
    expect(worker.told("readFailed").length).toBeGreaterThan(0);
  });

  test("53 list-throttle: that cannot be listed for a while is listed again, and that is told", async () => {
    const fleet = new Fleet(1);
    await fleet.put(["x"]);
    let failures = 10;
    const worker = fleet.start("a", {
      kinesisFaults: {
        listShards: async (next, ...args) => {
          failures -= 1;
          if (failures >= 0) throw failed("throttled", "LimitExceededException");
          return next(...args);
        },
      },
    });
    await fleet.clock.advance(180_000);
    expect(fleet.texts).toEqual(["x"]);
    expect(worker.told("shardSyncFailed")).toHaveLength(10);
    expect(worker.told("shardSyncFailed")[0]).toEqual({
      reason: "Test failed: LimitExceededException: the test says throttled",
    });
  });
});

describe("a lease table", () => {
  test("that cannot be used ends the run with what it said", async () => {
    const fleet = new Fleet(1);
    const error = failed("denied", "AccessDeniedException");
    const worker = fleet.start("a", { tableFaults: { ensureTable: () => Promise.reject(error) } });
    await fleet.clock.advance(0);
    expect(worker.run.reason()).toBe(error);
    expect(worker.told("stopped")).toHaveLength(1);
  });

  test("30 ddb-outage-60s: that is away for a minute costs the leases after a failover time, and all goes on by itself", async () => {
    const fleet = new Fleet(2);
    let isDown = false;
    const away = <T>(call: () => Promise<T>): Promise<T> =>
      isDown ? Promise.reject(failed("unreachable")) : call();
    const aborted: number[] = [];
    const worker = fleet.start("a", {
      tableFaults: {
        get: (next, ...args) => away(() => next(...args)),
        list: (next, ...args) => away(() => next(...args)),
        create: (next, ...args) => away(() => next(...args)),
        update: (next, ...args) => away(() => next(...args)),
      },
      handle: async (_, { signal }) => {
        signal.addEventListener("abort", () => aborted.push(fleet.clock.nowMs()));
        if (fleet.delivered.length === 1) await sleep(fleet.clock, 20_000, signal);
      },
    });
    await fleet.clock.advance(20_000);
    isDown = true;
    const downAtMs = fleet.clock.nowMs();
    await fleet.put(["in hand"]);
    await fleet.clock.advance(60_000);
    expect(worker.told("leaseLost").map(({ cause }) => cause)).toEqual(["expired", "expired"]);
    expect(aborted).toHaveLength(1);
    expect(aborted[0]).toBeGreaterThan(downAtMs + FAILOVER_MS - 3400);
    expect(aborted[0]).toBeLessThanOrEqual(downAtMs + FAILOVER_MS);
    isDown = false;
    await fleet.put(["afterwards"]);
    await fleet.clock.advance(5000);
    expect(fleet.texts).toEqual(["in hand", "in hand", "afterwards"]);
    expect(worker.run.state()).toBe("pending");
  });

  test("29 ddb-throttle-5s: that throttles all writes for five seconds costs no lease", async () => {
    const fleet = new Fleet(4);
    let isThrottled = false;
    const worker = fleet.start("a", {
      tableFaults: {
        update: (next, ...args) =>
          isThrottled ? Promise.reject(failed("throttled")) : next(...args),
      },
    });
    for (const offsetMs of range(10).map((i) => 333 * i)) {
      await fleet.clock.advance(20_000 + offsetMs);
      isThrottled = true;
      await fleet.clock.advance(5000);
      isThrottled = false;
    }
    await fleet.clock.advance(20_000);
    expect(worker.told("leaseLost")).toEqual([]);
  });

  test("a handler's signal aborts on time although the answer to the take was late and renewals hang", async () => {
    const fleet = new Fleet(1);
    let isHanging = false;
    const aborted: number[] = [];
    // The take is sent at 7.5 s and answered three seconds later.
    const worker = fleet.start("a", {
      tableFaults: {
        list: async (next, signal) =>
          fleet.clock.nowMs() < 7000 ? { ...(await next(signal)), leases: [] } : next(signal),
        update: async (next, key, move, signal) => {
          if (isHanging) return new Promise(() => undefined);
          isHanging = true;
          const update = await next(key, move, signal);
          await sleep(fleet.clock, 3000, signal);
          return update;
        },
      },
      handle: (_, { signal }) => {
        signal.addEventListener("abort", () => aborted.push(fleet.clock.nowMs()));
        return new Promise<void>(() => undefined);
      },
      drainTimeoutMs: 0,
    });
    await fleet.put(["x"]);
    await fleet.clock.advance(17_499);
    const [taken] = fleet.delivered;
    expect(taken?.atMs).toBe(10_500);
    expect(worker.told("leaseLost")).toEqual([]);
    await fleet.clock.advance(1);
    expect(aborted).toEqual([17_500]);
    worker.crash();
  });
});

test("28 event-loop-stall: a worker that stood still past the failover time delivers nothing under its old lease", async () => {
  const fleet = new Fleet(1);
  const jump = { byMs: 0 };
  const clock = fleet.clock;
  const stalling = {
    wallTimeMs: () => clock.wallTimeMs(),
    nowMs: () => clock.nowMs() + jump.byMs,
    startTimer: (delayMs: number, onFire: () => void) => clock.startTimer(delayMs, onFire),
  };
  await fleet.put(range(6).map((i) => `r${i}`));
  const epochs: number[] = [];
  const worker = fleet.start("a", {
    clock: stalling,
    batch: { maxRecords: 2 },
    handle: (_, { leaseEpoch }) => {
      epochs.push(leaseEpoch);
      if (epochs.length === 2) jump.byMs += 12_000;
    },
  });
  await clock.advance(30_000);
  expect(worker.told("leaseLost")).toMatchObject([{ cause: "expired" }]);
  // The batch in hand at the stall does not count and comes again; nothing is skipped.
  expect(fleet.texts).toEqual(["r0", "r1", "r2", "r3", "r0", "r1", "r2", "r3", "r4", "r5"]);
  expect(worker.told("batchProcessed")).toHaveLength(4);
});

describe("names", () => {
  test("the worker id is the one that was chosen, and the settings are told at the start", async () => {
    const fleet = new Fleet(1);
    const worker = fleet.start("a", { leases: { tableName: "of-our-own" } });
    await fleet.clock.advance(0);
    expect(worker.consumer.workerId).toBe("a");
    const [{ settings } = { settings: undefined }] = worker.told("started");
    expect(settings).toMatchObject({
      application: "billing",
      workerId: "a",
      stream: { name: STREAM },
      leases: { tableName: "of-our-own" },
    });
  });
});

describe("run", () => {
  test("can be called once", async () => {
    const fleet = new Fleet(1);
    const { consumer } = fleet.start("a");
    await expect(consumer.run()).rejects.toMatchObject({
      code: "CONSUMER_ALREADY_RUN",
      message: "run was called before; a consumer runs once, create another one",
    });
  });

  test("with a signal that has aborted already does nothing and resolves", async () => {
    const fleet = new Fleet(1);
    const worker = fleet.start("never", { workerId: "a" });
    worker.stop();
    await fleet.clock.advance(1000);
    expect(worker.run.state()).toBe("resolved");
    expect(fleet.table.snapshot()).toEqual([]);
    expect(worker.told("leaseTaken")).toEqual([]);
  });

  test("that is ended while the lease table is being made resolves", async () => {
    const fleet = new Fleet(1);
    const worker = fleet.start("a", {
      tableFaults: {
        ensureTable: (_, signal) => untilAborted(new Promise(() => undefined), signal),
      },
    });
    await fleet.clock.advance(5000);
    expect(worker.run.state()).toBe("pending");
    worker.stop();
    await fleet.clock.advance(0);
    expect(worker.run.state()).toBe("resolved");
  });

  test("with options that are wrong rejects, and can be called again", async () => {
    const fleet = new Fleet(1);
    const { consumer } = fleet.start("other");
    const wrong = track(consumer.run({ drainTimeoutMs: -1 }));
    await fleet.clock.advance(0);
    expect(KinesisError.is(wrong.reason(), "INVALID_OPTIONS")).toBe(true);
  });
});

describe("a worker that lacks a permission", () => {
  test("to read single leases says so, and reads what follows on a merge once it is granted", async () => {
    const fleet = new Fleet(2);
    let isDenied = true;
    const worker = fleet.start("a", {
      tableFaults: {
        get: (next, ...args) => (isDenied ? Promise.reject(failed("denied")) : next(...args)),
      },
    });
    await fleet.clock.advance(5000);
    await fleet.put(["parent"]);
    await fleet.merge(0, 1);
    await fleet.put(["child"]);
    await fleet.clock.advance(60_000);
    expect(fleet.texts).toEqual(["parent"]);
    expect(worker.told("shardEnded")).toEqual([]);
    expect(worker.told("leaseLost")).toEqual([]);
    expect(worker.consumer.health()).toMatchObject({
      status: "degraded",
      reasons: [0, 1].map((i) => ({
        kind: "shard-stalled",
        shardId: shardIdOf(i),
        reason: "the test says denied",
      })),
    });
    isDenied = false;
    await fleet.clock.advance(60_000);
    expect(fleet.texts).toEqual(["parent", "child"]);
    expect(worker.consumer.health()).toEqual({ status: "ready", reasons: [] });
  });

  test("to delete leases says so, and does it once it is granted", async () => {
    const fleet = new Fleet(1);
    let isDenied = true;
    const worker = fleet.start("a", {
      tableFaults: {
        delete: (next, ...args) => (isDenied ? Promise.reject(failed("denied")) : next(...args)),
      },
    });
    await fleet.clock.advance(5000);
    await fleet.split(0, 2n ** 127n);
    for (const i of range(20)) await fleet.put([`r${i}`], `key-${i}`);
    await fleet.clock.advance(120_000);
    expect(fleet.texts).toHaveLength(20);
    expect(fleet.table.snapshot()).toHaveLength(3);
    const [told] = worker.told("shardSyncFailed");
    expect(told?.reason).toContain("the test says denied");
    isDenied = false;
    await fleet.clock.advance(60_000);
    expect(fleet.table.snapshot()).toHaveLength(2);
    expect(worker.told("leasesDeleted")).toHaveLength(1);
    expect(worker.told("shardSyncRecovered")).toHaveLength(1);
  });
});
