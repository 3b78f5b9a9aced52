import { SHARD_END, sentinelPosition, sleep } from "@shardline/core";
import { expect, test } from "vitest";
import { failed } from "../support/failures.ts";
import { FAILOVER_MS, withFates, type WriteFate } from "../support/held.ts";
import { foreignLease, leaseOf, nativeLease, positionOf, shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { startTaking } from "../support/taking.ts";

const PASS_MS = FAILOVER_MS / 4;

test("the table is looked at once at the start and then four times within a failover time", async () => {
  const { clock, listedAtMs } = await startTaking([]);
  await clock.advance(FAILOVER_MS);
  expect(listedAtMs).toEqual([0, 1, 2, 3, 4].map((pass) => pass * PASS_MS));
});

test("15 unowned-immediate: what nobody has is taken by the first pass, and started", async () => {
  const { clock, item, started, told } = await startTaking([leaseOf(0), leaseOf(1)]);
  await clock.advance(0);
  expect(started.map(({ held }) => held.lease.key).sort()).toEqual([shardIdOf(0), shardIdOf(1)]);
  expect(item(0)).toMatchObject({ owner: "me", nativeOwner: "me", counter: 1, epoch: 1 });
  expect(told.of("leaseTaken")[0]).toMatchObject({ previousOwner: undefined, epoch: 1 });
});

test("12 expire-by-counter: a silent owner's lease is taken by the first pass after the failover time", async () => {
  const { clock, item, started, told } = await startTaking([
    foreignLease(0, "java", { counter: 9 }),
  ]);
  await clock.advance(FAILOVER_MS);
  expect(started).toEqual([]);
  await clock.advance(PASS_MS);
  expect(item(0)).toMatchObject({ owner: "me", counter: 10, ownerSwitches: 1 });
  expect(told.of("leaseTaken")).toMatchObject([{ previousOwner: "java" }]);
});

test("14 first-seen-grace: a new observer grants every owner a failover time, however old its last sign is", async () => {
  const { clock, started, taker } = await startTaking([foreignLease(0, "java")]);
  await clock.advance(9000);
  taker.poke();
  await clock.advance(0);
  expect(started).toEqual([]);
});

test("a counter that moves keeps its lease where it is", async () => {
  const { clock, started, write } = await startTaking([foreignLease(0, "java")]);
  for (const i of range(20)) {
    await clock.advance(3000);
    await write(0, { counter: i + 1 });
  }
  expect(started).toEqual([]);
});

test("a counter is known to have stood still only since the listing that showed it was answered", async () => {
  const { clock, started } = await startTaking([foreignLease(0, "java")], {
    faults: (time) => ({
      list: async (next, signal) => {
        const seen = await next(signal);
        if (time.nowMs() > 0) return seen;
        // The first listing is slow on its way back.
        await new Promise<void>((resolve) => {
          time.startTimer(2000, resolve);
        });
        return seen;
      },
    }),
  });
  await clock.advance(11_999);
  expect(started).toEqual([]);
  await clock.advance(2001);
  expect(started).toHaveLength(1);
});

test("20 same-id-restart: our own leases are reclaimed by the first pass, in a new epoch", async () => {
  const { clock, item, started } = await startTaking([
    nativeLease(0, "me", { counter: 5, epoch: 3, checkpoint: positionOf(8) }),
  ]);
  await clock.advance(0);
  expect(started).toMatchObject([{ isFirstTake: false }]);
  expect(item(0)).toMatchObject({ owner: "me", counter: 6, epoch: 4, checkpoint: positionOf(8) });
});

test("only the first take of a lease at LATEST counts as the first", async () => {
  const checkpoint = sentinelPosition("LATEST");
  const { clock, item, started } = await startTaking([
    leaseOf(0, { checkpoint }),
    leaseOf(1, { checkpoint, latestSinceMs: 5 }),
    leaseOf(2),
  ]);
  await clock.advance(0);
  const firsts = new Map(started.map(({ held, isFirstTake }) => [held.lease.key, isFirstTake]));
  expect([0, 1, 2].map((i) => firsts.get(shardIdOf(i)))).toEqual([true, false, false]);
  expect(item(0).latestSinceMs).toBe(clock.wallTimeMs());
  expect(item(1).latestSinceMs).toBe(5);
});

test("a lease that is taken by somebody else at the same moment is left to the faster", async () => {
  const { clock, item, started } = await startTaking([leaseOf(0)], {
    faults: () => ({
      update: async (next, key, move, signal) => {
        await next(key, { expect: {}, patch: { owner: "you", counter: 1 } }, signal);
        return next(key, move, signal);
      },
    }),
  });
  await clock.advance(0);
  expect(started).toEqual([]);
  expect(item(0).owner).toBe("you");
});

test("a take whose answer was lost is found in the table and started by the next pass", async () => {
  const fates: WriteFate[] = ["lost answer"];
  const { clock, item, started, told } = await startTaking([leaseOf(0)], {
    faults: () => ({ update: withFates(fates) }),
  });
  await clock.advance(0);
  expect(item(0).owner).toBe("me");
  expect(started).toEqual([]);
  expect(told.of("leaseTableFailed")).toEqual([
    { operation: "take", reason: "Test failed: transient: the test says transient" },
  ]);
  await clock.advance(PASS_MS);
  expect(started).toHaveLength(1);
  // Since when it is ours is not known, so it was renewed before it was started.
  expect(started[0]?.held.lease).toMatchObject({ counter: 2, epoch: 2 });
  expect(started[0]?.held.expiresAtMs).toBe(PASS_MS + FAILOVER_MS);
});

test("a lease counts as taken from before the write was sent", async () => {
  const { clock, started } = await startTaking([leaseOf(0)], {
    faults: (time) => ({
      update: async (next, ...args) => {
        await new Promise<void>((resolve) => {
          time.startTimer(1500, resolve);
        });
        return next(...args);
      },
    }),
  });
  await clock.advance(1500);
  expect(started[0]?.held.expiresAtMs).toBe(FAILOVER_MS);
});

test("a lease that fails does not keep the others from being taken", async () => {
  const { clock, held } = await startTaking(
    range(5).map((i) => leaseOf(i)),
    {
      faults: () => ({
        update: async (next, key, ...args) => {
          if (key === shardIdOf(2)) throw failed("throttled");
          return next(key, ...args);
        },
      }),
    },
  );
  await clock.advance(0);
  expect(
    held
      .all()
      .map(({ lease }) => lease.key)
      .sort(),
  ).toEqual([0, 1, 3, 4].map(shardIdOf));
});

test("a listing that fails is told, and repeated sooner than the next pass", async () => {
  const { clock, listedAtMs, started, told } = await startTaking([leaseOf(0)], {
    faults: (time) => ({
      list: async (next, signal) => {
        if (time.nowMs() < 300) throw failed("throttled");
        return next(signal);
      },
    }),
  });
  await clock.advance(PASS_MS - 1);
  expect(started).toHaveLength(1);
  expect(listedAtMs.length).toBeGreaterThanOrEqual(3);
  expect(told.of("leaseTableFailed")[0]).toEqual({
    operation: "list",
    reason: "Test failed: throttled: the test says throttled",
  });
});

test("a table that stays away is asked at least once a pass", async () => {
  const { clock, listedAtMs } = await startTaking([], {
    faults: () => ({ list: () => Promise.reject(failed("unreachable")) }),
  });
  await clock.advance(20 * PASS_MS);
  const gaps = listedAtMs.slice(1).map((atMs, i) => atMs - (listedAtMs[i] as number));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(PASS_MS);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
});

test("a poke makes a pass follow at once", async () => {
  const { clock, listedAtMs, taker } = await startTaking([]);
  await clock.advance(1000);
  taker.poke();
  await clock.advance(0);
  expect(listedAtMs).toEqual([0, 1000]);
  await clock.advance(PASS_MS);
  expect(listedAtMs).toEqual([0, 1000, 1000 + PASS_MS]);
});

test("26 max-leases: no more are taken than a worker may have", async () => {
  const { clock, held } = await startTaking(
    range(5).map((i) => leaseOf(i)),
    { maxPerWorker: 2 },
  );
  await clock.advance(10 * FAILOVER_MS);
  expect(held.size).toBe(2);
});

test("23 steal-one: exactly one lease is stolen from a worker of the KCL, and the next two failover times later, as among them", async () => {
  const { clock, item, started, write } = await startTaking(
    range(4).map((i) => foreignLease(i, "java", { counter: 3 })),
  );
  await clock.advance(0);
  expect(started).toHaveLength(1);
  const stolen = started[0]?.held.lease;
  expect(stolen).toMatchObject({ owner: "me", nativeOwner: "me", counter: 4, ownerSwitches: 1 });
  const liveOn = async (passes: number): Promise<void> => {
    for (const _ of range(passes)) {
      await clock.advance(PASS_MS);
      for (const i of range(4)) {
        if (item(i).owner === "java") await write(i, { counter: item(i).counter + 1 });
      }
      for (const { held } of started) await held.renew();
    }
  };
  await liveOn(8);
  expect(started).toHaveLength(1);
  await liveOn(1);
  expect(started).toHaveLength(2);
  await liveOn(30);
  expect(started).toHaveLength(2);
});

test("26 max-leases: what is left of the share is told, once", async () => {
  const { clock, told } = await startTaking(
    range(5).map((i) => leaseOf(i)),
    { maxPerWorker: 2 },
  );
  await clock.advance(10 * FAILOVER_MS);
  expect(told.of("leasesSpilledOver")).toEqual([{ leases: 3, maxPerWorker: 2 }]);
});

test("an assigned worker takes its shards, leaves the others, and tells of a child that nobody is assigned", async () => {
  const assignment = { shardIds: [0, 1].map(shardIdOf) };
  const { clock, held, told } = await startTaking(
    [
      leaseOf(0, { checkpoint: SHARD_END }),
      leaseOf(1),
      leaseOf(2),
      leaseOf(3, { parentShardIds: [shardIdOf(0)] }),
    ],
    { assignment },
  );
  await clock.advance(10 * FAILOVER_MS);
  expect(held.all().map(({ lease }) => lease.key)).toEqual([shardIdOf(1)]);
  const orphan = { shardId: shardIdOf(3), leaseKey: shardIdOf(3) };
  expect(told.of("shardUnassigned")).toEqual([orphan]);
});

test("a large table is looked at less often, so that the units a second stay the same", async () => {
  const { clock, listedAtMs, taker } = await startTaking([], {
    faults: () => ({
      list: async (next, signal) => ({ ...(await next(signal)), readUnits: 512 }),
    }),
  });
  await clock.advance(4 * FAILOVER_MS);
  expect(listedAtMs).toEqual([0, 1, 2, 3, 4].map((pass) => 4 * pass * PASS_MS));
  expect(taker.scan).toMatchObject({ everyMs: 4 * PASS_MS, readUnits: 512 });
});

test("12 expire-by-counter: the moment at which an owner's time is over has a pass of its own", async () => {
  const { clock, started, write } = await startTaking([foreignLease(0, "java")]);
  await clock.advance(PASS_MS - 1);
  await write(0, { counter: 1 });
  await clock.advance(1 + FAILOVER_MS);
  expect(started).toEqual([]);
  // A tenth of a second lies between two looks.
  await clock.advance(100);
  expect(started).toHaveLength(1);
});

test("a listing whose answer arrives late does not make its leases look older", async () => {
  // The owner renews while the answer is under way.
  const { clock, started, told, write } = await startTaking([foreignLease(0, "java")], {
    faults: (time) => ({
      list: async (next, signal) => {
        const seen = await next(signal);
        if (time.nowMs() === PASS_MS) {
          await new Promise<void>((resolve) => {
            time.startTimer(12_000, resolve);
          });
        }
        return seen;
      },
      update: () => Promise.reject(failed("rejected", "a take that should not be tried")),
    }),
  });
  await clock.advance(PASS_MS + 1000);
  await write(0, { counter: 1 });
  await clock.advance(11_000);
  expect(started).toEqual([]);
  expect(told.of("leaseTableFailed")).toEqual([]);
});

test("a lease that has ended by the time of a take is given up again by nobody: it is not started", async () => {
  const { clock, item, started } = await startTaking([leaseOf(0)], {
    faults: () => ({
      update: async (next, key, move, signal) => {
        const patch = { owner: "me", nativeOwner: "me", counter: 9, checkpoint: SHARD_END };
        await next(key, { expect: {}, patch }, signal);
        return next(key, move, signal);
      },
    }),
  });
  await clock.advance(FAILOVER_MS);
  expect(started).toEqual([]);
  expect(item(0).counter).toBe(9);
});

test("a pass under way begins no take once the worker is to stop", async () => {
  const taking = await startTaking(
    range(60).map((i) => leaseOf(i)),
    {
      faults: (time) => ({
        update: async (next, key, move, signal) => {
          await sleep(time, 50, signal);
          return next(key, move, signal);
        },
      }),
    },
  );
  await taking.clock.advance(60);
  const stopped = taking.stop();
  await taking.clock.advance(1000);
  await stopped;
  expect(taking.held.size).toBe(40);
});

test("a take that was refused is given up with the loop, which is no failure, and needs no taking back", async () => {
  let updates = 0;
  const taking = await startTaking([leaseOf(0)], {
    faults: () => ({
      update: async () => {
        updates += 1;
        throw failed("throttled");
      },
    }),
  });
  await taking.clock.advance(10);
  await taking.stop();
  const refused = updates;
  await taking.taker.withdraw();
  expect(updates).toBe(refused);
  expect(taking.told.of("leaseTableFailed")).toEqual([]);
});

test("a take that was answered needs no taking back", async () => {
  let updates = 0;
  const taking = await startTaking([leaseOf(0)], {
    faults: () => ({
      update: (next, ...args) => {
        updates += 1;
        return next(...args);
      },
    }),
  });
  await taking.clock.advance(10);
  await taking.stop();
  await taking.taker.withdraw();
  expect(updates).toBe(1);
});

test("what is silent of a stream that this worker does not read is nobody's work either", async () => {
  const served = [
    nativeLease(0, "dead"),
    nativeLease(1, "dead"),
    nativeLease(2, "a"),
    nativeLease(3, "me"),
  ];
  const elsewhere = [
    nativeLease(4, "a"),
    nativeLease(5, "a"),
    nativeLease(6, "b"),
    nativeLease(7, "c"),
  ];
  const { clock, item, write } = await startTaking([...served, ...elsewhere], {
    serves: ({ key }) => served.some((lease) => lease.key === key),
  });
  for (const counter of range(5)) {
    await clock.advance(PASS_MS);
    for (const i of [2, 4, 5]) await write(i, { counter: counter + 1 });
  }
  // Two of six each, were it for what it reads; with those that the dead have left elsewhere they would be four workers.
  expect([0, 1, 2, 3].map((i) => item(i).owner)).toEqual(["me", "me", "a", "me"]);
  expect([4, 5, 6, 7].map((i) => item(i).owner)).toEqual(["a", "a", "b", "c"]);
});
