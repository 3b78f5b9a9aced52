import { KinesisError } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { describe, expect, test } from "vitest";
import { type Interceptors, intercept } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { FleetWatch } from "../../src/lease/fleet-watch.ts";
import type { Lease } from "../../src/lease/lease.ts";
import type { ForeignItem, LeaseTable } from "../../src/lease/lease-table.ts";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { failed } from "../support/failures.ts";
import { ANY_SIGNAL, FAILOVER_MS } from "../support/held.ts";
import { foreignLease, leaseOf, nativeLease } from "../support/leases.ts";
import { track } from "../support/promises.ts";
import { recordEvents } from "../support/told.ts";

const HEARTBEAT_MS = 40_000;

function version(cv: string): ForeignItem {
  return { key: "Migration3.0", entityType: "CLIENT_VERSION_MIGRATION", attributes: { cv } };
}

function leader(recordVersionNumber: string, fields = {}): ForeignItem {
  const attributes = { ownerName: "java", leaseDuration: "120000", recordVersionNumber, ...fields };
  return { key: "Leader", entityType: "LEADER", attributes };
}

interface Beside {
  /** In the lease table. */
  here: readonly ForeignItem[];
  /** In the table that the KCL 3.0 to 3.4 has for such items. */
  legacy: readonly ForeignItem[];
}

async function watch(
  leases: readonly Lease[],
  beside: Beside,
  faults: (clock: VirtualClock) => Interceptors<LeaseTable> = () => ({}),
) {
  const clock = quietClock();
  const memory = new MemoryLeaseTable();
  for (const lease of leases) await memory.create(lease, ANY_SIGNAL);
  let writes = 0;
  let legacyLooks = 0;
  const items = intercept<LeaseTable>(memory, {
    list: async (next, signal) => ({ ...(await next(signal)), foreign: beside.here }),
    update: (next, ...args) => {
      writes += 1;
      return next(...args);
    },
  });
  const coordinatorState = async (): Promise<readonly ForeignItem[]> => {
    legacyLooks += 1;
    return beside.legacy;
  };
  const besides = new Proxy(items, {
    get: (target, name) =>
      name === "coordinatorState" ? coordinatorState : Reflect.get(target, name),
  });
  const table = intercept<LeaseTable>(besides, faults(clock));
  const told = recordEvents();
  const { events } = told;
  const random = new SeededRandom(1);
  const fleet = new FleetWatch({ clock, events, random, table, failoverMs: FAILOVER_MS });
  const ending = new AbortController();
  const safe = track(fleet.untilSafe(ending.signal));
  const note = async () => fleet.note(await table.list(ANY_SIGNAL), ANY_SIGNAL);
  const renew = (index: number) => {
    const lease = memory.snapshot()[index] as Lease;
    const patch = { counter: lease.counter + 1 };
    return memory.update(lease.key, { expect: {}, patch }, ANY_SIGNAL);
  };
  const looks = () => ({ legacy: legacyLooks, writes });
  return { clock, ending, looks, note, renew, safe, told };
}

const THEIRS = [foreignLease(0, "java", { counter: 3 }), leaseOf(1)];

describe("before a worker begins", () => {
  test.each([
    ["nothing beside the leases", []],
    ["a fleet of 2.x", [version("CLIENT_VERSION_2X"), leader("a")]],
    ["a fleet on its way from 2.x", [version("CLIENT_VERSION_UPGRADE_FROM_2X"), leader("a")]],
    [
      "a leader that has left in good order",
      [version("CLIENT_VERSION_3X"), leader("a", { isReleased: "1" })],
    ],
  ])("%s: it begins at once", async (_, here) => {
    const leases = [leaseOf(0), nativeLease(1, "you")];
    const { clock, safe, told } = await watch(leases, { here, legacy: [] });
    await clock.advance(0);
    expect(safe.state()).toBe("resolved");
    expect(told.names()).toEqual([]);
  });

  test.each([
    ["beside the leases", "here", "CLIENT_VERSION_3X"],
    ["beside the leases, while it may be rolled back", "here", "CLIENT_VERSION_3X_WITH_ROLLBACK"],
    ["in the table of 3.0 to 3.4", "legacy", "CLIENT_VERSION_3X"],
  ] as const)("a live leader %s refuses it", async (_, place, cv) => {
    const beside: Beside = { here: [], legacy: [], [place]: [version(cv), leader("a")] };
    const { clock, looks, safe, told } = await watch([leaseOf(0)], beside);
    await clock.advance(29_000);
    expect(safe.state()).toBe("pending");
    expect(told.of("fleetWatched")).toEqual([{ forMs: HEARTBEAT_MS }]);
    beside[place] = [version(cv), leader("b")];
    await clock.advance(FAILOVER_MS / 4);
    expect(KinesisError.is(safe.reason(), "FLEET_PROTOCOL")).toBe(true);
    expect(safe.reason()).toMatchObject({
      message:
        "the lease table belongs to a live fleet of KCL 3.x workers (its leader gave a sign of life), in which this worker cannot take part; stop them first, or give this application another name",
      isRetryable: false,
    });
    expect(looks().writes).toBe(0);
  });

  test("leases that workers of 3.x renew refuse it, without any leader", async () => {
    const beside = { here: [version("CLIENT_VERSION_3X")], legacy: [] };
    const { clock, renew, safe, told } = await watch(THEIRS, beside);
    await clock.advance(3000);
    expect(told.of("fleetWatched")).toEqual([{ forMs: FAILOVER_MS }]);
    await renew(0);
    await clock.advance(2000);
    expect(safe.reason()).toMatchObject({
      code: "FLEET_PROTOCOL",
      details: { movement: "worker java renewed lease shardId-000000000000" },
    });
  });

  test("a fleet in which nothing moves for the time of a heartbeat is cold, and it begins", async () => {
    const beside = { here: [version("CLIENT_VERSION_3X"), leader("a")], legacy: [] };
    const { clock, safe } = await watch(THEIRS, beside);
    await clock.advance(HEARTBEAT_MS - 1);
    expect(safe.state()).toBe("pending");
    await clock.advance(1);
    expect(safe.state()).toBe("resolved");
  });

  test("what is noted beside the leases counts more than what is left in the other table", async () => {
    const legacy = [version("CLIENT_VERSION_3X"), leader("a")];
    const beside = { legacy, here: [version("CLIENT_VERSION_2X")] };
    const { clock, safe } = await watch(THEIRS, beside);
    await clock.advance(0);
    expect(safe.state()).toBe("resolved");
  });

  test("a table that cannot be listed is asked again, and nothing is taken for granted meanwhile", async () => {
    const beside = { here: [version("CLIENT_VERSION_3X"), leader("a")], legacy: [] };
    const { clock, safe, told } = await watch([], beside, (time) => ({
      list: (next, signal) =>
        time.nowMs() < 5000 ? Promise.reject(failed("throttled")) : next(signal),
    }));
    await clock.advance(HEARTBEAT_MS + 4000);
    expect(safe.state()).toBe("pending");
    expect(told.of("leaseTableFailed")[0]).toMatchObject({ operation: "list" });
    await clock.advance(5000);
    expect(safe.state()).toBe("resolved");
  });

  test("an abort ends the watch", async () => {
    const beside = { here: [version("CLIENT_VERSION_3X"), leader("a")], legacy: [] };
    const { clock, ending, safe } = await watch(THEIRS, beside);
    await clock.advance(1000);
    ending.abort();
    await clock.advance(0);
    expect(safe.state()).toBe("rejected");
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("while a worker runs", () => {
  test("a fleet that wakes up is noticed by the next listing", async () => {
    const beside: Beside = { here: [version("CLIENT_VERSION_3X"), leader("a")], legacy: [] };
    const { clock, note } = await watch(THEIRS, beside);
    await clock.advance(HEARTBEAT_MS);
    await note();
    beside.here = [version("CLIENT_VERSION_3X"), leader("b")];
    await expect(note()).rejects.toMatchObject({ code: "FLEET_PROTOCOL" });
  });

  test("a fleet of 2.x that becomes one of 3.x is noticed when it moves, and not before", async () => {
    const beside: Beside = { here: [], legacy: [] };
    const { clock, note, renew } = await watch(THEIRS, beside);
    await clock.advance(0);
    await renew(0);
    await note();
    beside.here = [version("CLIENT_VERSION_3X")];
    await note();
    await renew(0);
    await expect(note()).rejects.toMatchObject({ code: "FLEET_PROTOCOL" });
  });

  test("the other table is looked at once a minute, and one that fails is told and does not stop the pass", async () => {
    let isDown = false;
    const { clock, looks, note, told } = await watch(THEIRS, { here: [], legacy: [] }, () => ({
      coordinatorState: (next, signal) =>
        isDown ? Promise.reject(failed("throttled")) : next(signal),
    }));
    await clock.advance(0);
    for (let i = 0; i < 24; i += 1) {
      await clock.advance(5000);
      await note();
    }
    expect(looks().legacy).toBe(3);
    isDown = true;
    await clock.advance(60_000);
    await note();
    expect(told.of("leaseTableFailed")).toMatchObject([{ operation: "coordinatorState" }]);
  });
});
