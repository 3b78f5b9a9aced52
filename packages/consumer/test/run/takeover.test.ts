// How long nobody reads a shard when its worker crashes, leaves, or hands it over, with calls that take their time.
import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { FAILOVER_MS, Fleet, type WorkerSetup } from "../support/fleet.ts";
import { slowly } from "../support/latency.ts";
import { range } from "../support/lease-views.ts";

/** Each way, as inside a region, and a slow day. */
const LATENCY_MS = [5, 40] as const;

/** At least one for each of six shards. */
const KEYS = range(16).map((i) => `key-${i}`);

function slow(fleet: Fleet, seed: number, setup: WorkerSetup = {}): WorkerSetup {
  const random = new SeededRandom(seed);
  return {
    // So that what is measured is the lease's way and not the pause between two reads.
    read: { idleMs: 200 },
    ...setup,
    kinesis: slowly(fleet.kinesis, fleet.clock, random, LATENCY_MS),
    leaseTable: slowly(fleet.table, fleet.clock, random, LATENCY_MS),
  };
}

/** Puts a record in every shard five times a second. */
async function putFor(fleet: Fleet, ms: number): Promise<void> {
  for (const _ of range(ms / 200)) {
    const text = `r${fleet.clock.nowMs()}`;
    for (const key of KEYS) await fleet.put([text], key);
    await fleet.clock.advance(200);
  }
}

test.each(range(12))(
  "crash takeover: within the failover time and three seconds every shard of a worker is read by others, whenever it crashes (%i)",
  async (phase) => {
    const fleet = new Fleet(6);
    const a = fleet.start("a", slow(fleet, phase));
    for (const name of ["b", "c"]) fleet.start(name, slow(fleet, phase + name.charCodeAt(0)));
    await putFor(fleet, 20_000 + phase * 300);
    const orphans = fleet.table.snapshot().filter(({ owner }) => owner === "a");
    expect(orphans).toHaveLength(2);
    a.crash();
    const crashedAtMs = fleet.clock.nowMs();
    await putFor(fleet, 20_000);
    for (const { shardId } of orphans) {
      const first = fleet.delivered.find(
        (one) => one.shardId === shardId && one.worker !== "a" && one.atMs > crashedAtMs,
      );
      expect((first?.atMs ?? 1e9) - crashedAtMs).toBeLessThanOrEqual(FAILOVER_MS + 3000);
    }
  },
);

test.each(range(40))(
  "93 stop-release: after a stop of one of three workers the others own its leases within two seconds, whenever it stops (%i)",
  async (seed) => {
    const random = new SeededRandom(seed);
    const shards = 3 + Math.floor(random.next() * 10);
    const fleet = new Fleet(shards);
    const names = ["a", "b", "c"];
    const workers = names.map((name, i) => fleet.start(name, slow(fleet, 3 * seed + i)));
    await fleet.clock.advance(30_000 + random.next() * 10_000);
    expect(new Set(fleet.owners)).toEqual(new Set(names));
    const leaving = Math.floor(random.next() * 3);
    workers[leaving]?.stop();
    const others = new Set(names.filter((_, i) => i !== leaving));
    await fleet.clock.advance(2000);
    expect(fleet.owners.every((owner) => owner !== undefined && others.has(owner))).toBe(true);
    expect(workers[leaving]?.run.state()).toBe("resolved");
  },
);

test.each(range(6))(
  "planned handoff: between the old worker's last record and the new one's first lie two seconds at most (%i)",
  async (phase) => {
    const fleet = new Fleet(6);
    fleet.start("a", slow(fleet, phase));
    await putFor(fleet, 5000 + phase * 500);
    const b = fleet.start("b", slow(fleet, phase + 100));
    await putFor(fleet, 15_000);
    const moved = b.told("leaseTaken").map(({ shardId }) => shardId);
    expect(moved).toHaveLength(3);
    for (const shardId of moved) {
      const here = fleet.delivered.filter((one) => one.shardId === shardId);
      const last = here.findLast(({ worker }) => worker === "a")?.atMs ?? 0;
      const first = here.find(({ worker }) => worker === "b")?.atMs ?? 1e9;
      expect(first - last).toBeLessThanOrEqual(2000);
      // Nothing comes twice or out of order on the way.
      const numbers = here.map(({ record }) => BigInt(record.sequenceNumber));
      expect(numbers.every((number, n) => n === 0 || number > (numbers[n - 1] as bigint))).toBe(
        true,
      );
    }
  },
);

test("12 writes: a busy lease costs at most 1,100 writes an hour, checkpoints and all", async () => {
  const fleet = new Fleet(1);
  let writes = 0;
  fleet.start("a", {
    tableFaults: {
      create: (next, ...args) => {
        writes += 1;
        return next(...args);
      },
      update: (next, ...args) => {
        writes += 1;
        return next(...args);
      },
    },
  });
  for (const second of range(3600)) {
    await fleet.put([`r${second}`]);
    await fleet.clock.advance(1000);
  }
  expect(fleet.texts).toHaveLength(3600);
  expect(writes).toBeGreaterThan(1000);
  expect(writes).toBeLessThanOrEqual(1100);
});
