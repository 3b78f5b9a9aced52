import { SHARD_END } from "@shardline/core";
import { expect, test } from "vitest";
import { failed } from "../support/failures.ts";
import { FAILOVER_MS, withFates, type WriteFate } from "../support/held.ts";
import { foreignLease, leaseOf, nativeLease, positionOf, shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { track } from "../support/promises.ts";
import { startTaking, type TakerSetup, type Taking } from "../support/taking.ts";

const WISH_POLL_MS = 500;
const FOUR_OF_YOURS = range(4).map((i) => nativeLease(i, "you", { counter: 3, epoch: 1 }));

/** Reads by key take as long as a call may take, and fail. */
const hanging: TakerSetup["faults"] = (clock) => ({
  get: async () => {
    await new Promise<void>((resolve) => void clock.startTimer(5000, resolve));
    throw failed("unreachable");
  },
});

/** The lease that is asked for. */
function wanted({ item }: Taking): number[] {
  return range(4).filter((i) => item(i).wantedBy === "me");
}

function handOver(taking: Taking, index: number): Promise<unknown> {
  const { epoch } = taking.item(index);
  const patch = { owner: "me", nativeOwner: "me", wantedBy: null, counter: 8, epoch: epoch + 1 };
  return taking.write(index, { ...patch, checkpoint: positionOf(42) });
}

/** The other worker renews its leases. */
async function renewYours({ item, write }: Taking): Promise<void> {
  for (const i of range(4)) {
    if (item(i).owner === "you") await write(i, { counter: item(i).counter + 1 });
  }
}

test("the leases that another of ours has too many of are asked for, and not touched otherwise", async () => {
  const taking = await startTaking(FOUR_OF_YOURS);
  await taking.clock.advance(0);
  const asked = wanted(taking);
  expect(asked).toHaveLength(2);
  expect(taking.item(asked[0] as number)).toMatchObject({ owner: "you", counter: 3, epoch: 1 });
  expect(taking.started).toEqual([]);
});

test("a lease that was handed over is started within half a second, from where the other one stopped", async () => {
  const taking = await startTaking(FOUR_OF_YOURS);
  const { clock, started, told } = taking;
  await clock.advance(0);
  const [asked = -1] = wanted(taking);
  await handOver(taking, asked);
  await clock.advance(WISH_POLL_MS);
  expect(started).toMatchObject([
    { isFirstTake: false, held: { lease: { key: shardIdOf(asked), epoch: 3, counter: 9 } } },
  ]);
  expect(started[0]?.held.lease.checkpoint).toEqual(positionOf(42));
  expect(told.of("leaseTaken")).toMatchObject([{ epoch: 3 }]);
});

test("a lease that somebody else got is forgotten, and not asked after any more", async () => {
  const asked: string[] = [];
  const taking = await startTaking(FOUR_OF_YOURS, {
    faults: () => ({
      get: (next, key, options, signal) => {
        if (options.consistent) asked.push(key);
        return next(key, options, signal);
      },
    }),
  });
  const { clock, held, write } = taking;
  await clock.advance(0);
  for (const i of wanted(taking)) await write(i, { owner: "she", wantedBy: null, counter: 8 });
  await clock.advance(WISH_POLL_MS);
  expect(held.size).toBe(0);
  expect(asked).toHaveLength(2);
  await clock.advance(3 * WISH_POLL_MS);
  expect(asked).toHaveLength(2);
});

test("reads by key that hang hold up neither a pass nor the end, however many leases are asked for", async () => {
  const leases = range(240).map((i) => nativeLease(i, "you", { counter: 3, epoch: 1 }));
  const taking = await startTaking(leases, { faults: hanging });
  const { clock, listedAtMs } = taking;
  await clock.advance(29_000);
  // Those that are read at the same time hang for five seconds.
  const gapsMs = listedAtMs.map((atMs, i) => (listedAtMs[i + 1] ?? 29_000) - atMs);
  expect(Math.max(...gapsMs)).toBeLessThan(6000);
  const stopped = track(taking.stop());
  await clock.advance(5000);
  expect(stopped.state()).toBe("resolved");
});

test("the end waits for the reads by key that are under way, and lets none follow", async () => {
  const leases = range(240).map((i) => nativeLease(i, "you", { counter: 3, epoch: 1 }));
  let gets = 0;
  const taking = await startTaking(leases, {
    faults: (clock) => ({
      get: async (next, key, options, signal) => {
        if (options.consistent) gets += 1;
        await new Promise<void>((resolve) => void clock.startTimer(50, resolve));
        return next(key, options, signal);
      },
    }),
  });
  await taking.clock.advance(WISH_POLL_MS + 60);
  const begun = gets;
  expect(begun).toBe(40);
  const stopped = track(taking.stop());
  await taking.clock.advance(1000);
  expect(stopped.state()).toBe("resolved");
  expect(gets).toBe(begun);
});

test("while a wish is open the table is read by key, and only listed by the passes", async () => {
  let gets = 0;
  const taking = await startTaking(FOUR_OF_YOURS, {
    faults: () => ({
      get: (next, key, options, signal) => {
        // What is read otherwise tells of released leases.
        if (options.consistent) gets += 1;
        return next(key, options, signal);
      },
    }),
  });
  await taking.clock.advance(2499);
  expect(taking.listedAtMs).toEqual([0]);
  // Two keys, at 500, 1000, 1500 and 2000 ms.
  expect(gets).toBe(8);
});

test("a wish that is not granted within 30 seconds becomes a take", async () => {
  const taking = await startTaking(FOUR_OF_YOURS);
  const { clock, held, item } = taking;
  await clock.advance(0);
  const asked = wanted(taking);
  for (const _ of range(15)) {
    await clock.advance(2000);
    await renewYours(taking);
  }
  expect(held.size).toBe(0);
  await clock.advance(2500);
  expect(
    held
      .all()
      .map(({ lease }) => lease.key)
      .sort(),
  ).toEqual(asked.map(shardIdOf));
  expect(item(asked[0] as number)).toMatchObject({ owner: "me", epoch: 2 });
  expect(item(asked[0] as number).wantedBy).toBeUndefined();
});

test("a wish counts anew from when its owner has got the lease once more, and so may have learned of it", async () => {
  const taking = await startTaking(FOUR_OF_YOURS);
  const { clock, held, item, write } = taking;
  const advance = async (forMs: number): Promise<void> => {
    for (let passedMs = 0; passedMs < forMs; passedMs += 2000) {
      await clock.advance(2000);
      await renewYours(taking);
    }
  };
  await clock.advance(0);
  const [asked = -1, other = -1] = wanted(taking);
  await advance(28_000);
  await write(asked, { epoch: item(asked).epoch + 1, counter: item(asked).counter + 1 });
  await advance(28_000);
  expect(held.all().map(({ lease }) => lease.key)).toEqual([shardIdOf(other)]);
  await advance(8000);
  expect(held.has(shardIdOf(asked))).toBe(true);
});

test("a lease that a worker of the KCL has got meanwhile is not taken from it, for all that we asked for it", async () => {
  const alive = foreignLease(0, "java", { nativeOwner: "you", wantedBy: "me" });
  const { clock, held, item, write } = await startTaking([alive, nativeLease(1, "me")]);
  for (const i of range(30)) {
    await clock.advance(2000);
    await write(0, { counter: i + 1 });
    await held.all()[0]?.renew();
  }
  expect(item(0)).toMatchObject({ owner: "java", counter: 30 });
});

test("a wish from before a restart counts from the moment at which it is found", async () => {
  const taking = await startTaking([
    nativeLease(0, "you", { wantedBy: "me" }),
    nativeLease(1, "me"),
  ]);
  const { clock, held, item, write } = taking;
  const isOurs = () => held.has(shardIdOf(0));
  for (const i of range(15)) {
    await clock.advance(2000);
    await write(0, { counter: i + 1 });
    await held.all()[0]?.renew();
  }
  expect(isOurs()).toBe(false);
  await clock.advance(2500);
  expect(isOurs()).toBe(true);
  expect(item(0).owner).toBe("me");
});

test("withdrawing takes the open wishes back", async () => {
  const taking = await startTaking(FOUR_OF_YOURS);
  await taking.clock.advance(0);
  expect(wanted(taking)).toHaveLength(2);
  await taking.stop();
  await taking.taker.withdraw();
  expect(wanted(taking)).toEqual([]);
  expect(taking.item(0)).toMatchObject({ owner: "you", counter: 3 });
});

test("withdrawing starts what was handed over meanwhile, so that it can be given up in good order", async () => {
  const taking = await startTaking(FOUR_OF_YOURS);
  await taking.clock.advance(0);
  const [asked = -1] = wanted(taking);
  await taking.stop();
  await handOver(taking, asked);
  await taking.taker.withdraw();
  expect(taking.held.all().map(({ lease }) => lease.key)).toEqual([shardIdOf(asked)]);
});

test("withdrawing starts what a take without an answer had brought", async () => {
  const fates: WriteFate[] = ["lost answer"];
  const taking = await startTaking([leaseOf(0)], { faults: () => ({ update: withFates(fates) }) });
  await taking.clock.advance(0);
  await taking.stop();
  expect(taking.held.size).toBe(0);
  await taking.taker.withdraw();
  expect(taking.held.size).toBe(1);
});

test("withdrawing takes back a wish whose answer was lost", async () => {
  const fates: WriteFate[] = ["lost answer", "lost answer"];
  const taking = await startTaking(FOUR_OF_YOURS, {
    faults: () => ({ update: withFates(fates) }),
  });
  await taking.clock.advance(0);
  expect(wanted(taking)).toHaveLength(2);
  await taking.stop();
  await taking.taker.withdraw();
  expect(wanted(taking)).toEqual([]);
});

test("withdrawing is repeated while the table refuses it: a wish that stays would come true for nobody", async () => {
  let isRefused = false;
  const taking = await startTaking(FOUR_OF_YOURS, {
    faults: () => ({
      update: async (next, ...args) => {
        if (isRefused) throw failed("throttled");
        return next(...args);
      },
    }),
  });
  await taking.clock.advance(0);
  expect(wanted(taking)).toHaveLength(2);
  await taking.stop();
  isRefused = true;
  const withdrawn = taking.taker.withdraw();
  await taking.clock.advance(3000);
  expect(wanted(taking)).toHaveLength(2);
  isRefused = false;
  await taking.clock.advance(1000);
  await withdrawn;
  expect(wanted(taking)).toEqual([]);
});

test("withdrawing is given up after a failover time", async () => {
  let isRefused = false;
  const taking = await startTaking(FOUR_OF_YOURS, {
    faults: () => ({
      update: async (next, ...args) => {
        if (isRefused) throw failed("throttled");
        return next(...args);
      },
    }),
  });
  await taking.clock.advance(0);
  await taking.stop();
  isRefused = true;
  const withdrawn = taking.taker.withdraw();
  await taking.clock.advance(FAILOVER_MS);
  await withdrawn;
  expect(taking.told.of("leaseTableFailed")).toMatchObject([
    { operation: "withdraw" },
    { operation: "withdraw" },
  ]);
});

test("withdrawing leaves the wishes of others alone", async () => {
  const taking = await startTaking(FOUR_OF_YOURS);
  await taking.clock.advance(0);
  const [asked = -1] = wanted(taking);
  await taking.write(asked, { wantedBy: "she" });
  await taking.stop();
  await taking.taker.withdraw();
  expect(taking.item(asked).wantedBy).toBe("she");
});

test("a stopped taker takes nothing more", async () => {
  const taking = await startTaking([]);
  await taking.clock.advance(0);
  await taking.stop();
  taking.taker.poke();
  await taking.clock.advance(4 * FAILOVER_MS);
  expect(taking.listedAtMs).toEqual([0]);
});

test("a listing from before a handover does not make the lease be taken once more", async () => {
  const [lease = leaseOf(0)] = FOUR_OF_YOURS;
  let stale = false;
  const taking = await startTaking([lease, ...range(3).map((i) => nativeLease(i + 1, "you"))], {
    faults: () => ({
      list: async (next, signal) => {
        const listed = await next(signal);
        const before = listed.leases.map((one) => ({ ...one, owner: "you", wantedBy: "me" }));
        return stale ? { ...listed, leases: before } : listed;
      },
    }),
  });
  const { clock, held, started, told } = taking;
  await clock.advance(0);
  const [asked = -1] = wanted(taking);
  await handOver(taking, asked);
  await clock.advance(WISH_POLL_MS);
  expect(started).toHaveLength(1);
  stale = true;
  await clock.advance((2 * FAILOVER_MS) / 4);
  expect(started).toHaveLength(1);
  expect(taking.item(asked).counter).toBe(9);
  await held.all()[0]?.renew();
  expect(told.of("leaseLost")).toEqual([]);
});

test("a lease that a worker of the KCL has ended meanwhile is not taken, for all that we asked for it", async () => {
  const ended = nativeLease(0, "you", { wantedBy: "me", checkpoint: SHARD_END });
  const { clock, item, started } = await startTaking([ended]);
  await clock.advance(60_000);
  expect(started).toEqual([]);
  expect(item(0)).toEqual(ended);
});
