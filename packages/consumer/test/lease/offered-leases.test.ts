import { SHARD_END } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { Lease } from "../../src/lease/lease.ts";
import { failed } from "../support/failures.ts";
import { foreignLease, leaseOf, nativeLease, shardIdOf } from "../support/leases.ts";
import { startTaking, type TakerSetup } from "../support/taking.ts";

const parentShardIds = [0, 1].map(shardIdOf);
const ENDED = [0, 1].map((i) => leaseOf(i, { checkpoint: SHARD_END }));

/** A taker that has made its first pass; no listing shows what is offered to it. */
async function idle(leases: readonly Lease[], setup: TakerSetup = {}) {
  const taking = await startTaking(leases, {
    ...setup,
    faults: (clock) => ({
      list: async (next, signal) => {
        const listing = await next(signal);
        const shown = listing.leases.filter(({ shardId }) => shardId < shardIdOf(2));
        return { ...listing, leases: shown };
      },
      ...setup.faults?.(clock),
    }),
  });
  await taking.clock.advance(100);
  return taking;
}

describe("57 split-fast-children: leases that are offered", () => {
  test("are taken at once, though no listing shows them yet", async () => {
    const taking = await idle([
      ...ENDED,
      leaseOf(2, { parentShardIds }),
      leaseOf(3, { parentShardIds }),
    ]);
    taking.taker.take([2, 3].map(shardIdOf));
    await taking.clock.advance(0);
    expect(taking.started.map(({ held }) => held.lease.key)).toEqual([2, 3].map(shardIdOf));
    expect([2, 3].map((i) => taking.item(i))).toMatchObject([
      { owner: "me", nativeOwner: "me", epoch: 1, counter: 1 },
      { owner: "me", nativeOwner: "me", epoch: 1, counter: 1 },
    ]);
  });

  test("are taken up to as many as the worker may have", async () => {
    const children = [2, 3].map((i) => leaseOf(i, { parentShardIds }));
    const taking = await idle([...ENDED, ...children], { maxPerWorker: 1 });
    taking.taker.take([2, 3].map(shardIdOf));
    await taking.clock.advance(10_000);
    expect(taking.started.map(({ held }) => held.lease.key)).toEqual([shardIdOf(2)]);
    expect(taking.item(3).owner).toBeUndefined();
  });

  test("are not taken in the place of those that the worker has asked for", async () => {
    const yours = [0, 1].map((i) => nativeLease(i, "you", { counter: 3 }));
    const child = leaseOf(3, { parentShardIds: [shardIdOf(2)] });
    const taking = await idle([...yours, child], { maxPerWorker: 1 });
    const asked = taking.item(0).wantedBy === "me" ? 0 : 1;
    expect(taking.item(asked).wantedBy).toBe("me");
    taking.taker.take([child.key]);
    await taking.clock.advance(100);
    await taking.write(asked, { owner: "me", nativeOwner: "me", wantedBy: null, counter: 8 });
    await taking.clock.advance(1000);
    expect(taking.held.all().map(({ lease }) => lease.key)).toEqual([shardIdOf(asked)]);
    expect(taking.item(3).owner).toBeUndefined();
  });

  test("corrupt-item: are left while the lease of a parent cannot be read", async () => {
    const setup: TakerSetup = {
      faults: () => ({
        get: async (next, key, ...args) => {
          const isBroken = key === shardIdOf(1);
          return isBroken ? { kind: "unreadable", problem: "odd" } : next(key, ...args);
        },
      }),
    };
    const taking = await idle([...ENDED, leaseOf(2, { parentShardIds })], setup);
    taking.taker.take([shardIdOf(2)]);
    await taking.clock.advance(0);
    expect(taking.started).toEqual([]);
  });

  test("are left to the next look at the table once one cannot be read: each may take as long as a call may", async () => {
    const taking = await startTaking([...ENDED, ...[2, 3, 4].map((i) => leaseOf(i))], {
      faults: (clock) => ({
        get: async () => {
          await new Promise<void>((resolve) => void clock.startTimer(5000, resolve));
          throw failed("unreachable");
        },
      }),
      maxPerWorker: 1,
    });
    await taking.clock.advance(100);
    await taking.write(2, { owner: "you", nativeOwner: "you", counter: 8 });
    const looks = taking.listedAtMs.length;
    taking.taker.take([2, 3, 4].map(shardIdOf));
    await taking.clock.advance(5000);
    expect(taking.listedAtMs).toHaveLength(looks + 1);
  });

  test("are taken only if the worker is assigned them", async () => {
    const children = [2, 3].map((i) => leaseOf(i, { parentShardIds }));
    const assignment = { shardIds: [0, 1, 3].map(shardIdOf) };
    const taking = await idle([...ENDED, ...children], { assignment });
    taking.taker.take([2, 3].map(shardIdOf));
    await taking.clock.advance(0);
    expect(taking.started.map(({ held }) => held.lease.key)).toEqual([shardIdOf(3)]);
  });

  test.each<[string, readonly Lease[], Lease]>([
    [
      "while a parent is still read",
      [ENDED[0] as Lease, foreignLease(1, "you")],
      leaseOf(2, { parentShardIds }),
    ],
    ["that another worker was quicker to take", ENDED, nativeLease(2, "you", { parentShardIds })],
    ["that have ended", ENDED, leaseOf(2, { parentShardIds, checkpoint: SHARD_END })],
  ])("are left alone %s", async (_, parents, child) => {
    const taking = await idle([...parents, child]);
    taking.taker.take([shardIdOf(2)]);
    await taking.clock.advance(0);
    expect(taking.item(2)).toEqual(child);
    expect(taking.started.filter(({ held }) => held.lease.key === child.key)).toEqual([]);
  });

  test("are taken though the lease of a parent is gone", async () => {
    const taking = await idle([leaseOf(2, { parentShardIds })]);
    taking.taker.take([shardIdOf(2), shardIdOf(7)]);
    await taking.clock.advance(0);
    expect(taking.started).toHaveLength(1);
  });

  test("that the table fails on are left to the next pass, which is told", async () => {
    let failures = 1;
    const taking = await startTaking([...ENDED, leaseOf(2, { parentShardIds })], {
      faults: () => ({
        get: async (next, ...args) => {
          failures -= 1;
          if (failures >= 0) throw failed("throttled");
          return next(...args);
        },
        list: async (next, signal) => {
          const listing = await next(signal);
          return failures > 0 ? { ...listing, leases: [] } : listing;
        },
      }),
    });
    await taking.clock.advance(100);
    taking.taker.take([shardIdOf(2)]);
    await taking.clock.advance(0);
    expect(taking.told.of("leaseTableFailed")).toMatchObject([{ operation: "take" }]);
    expect(taking.started).toHaveLength(1);
  });
});
