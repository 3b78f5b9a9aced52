import type { Random } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NEVER_RENEWED } from "../../../../test/simulation/kcl/kcl-lease.ts";
import { planTakes } from "../../../../test/simulation/kcl/taker-plan.ts";
import type { Lease } from "../../src/lease/lease.ts";
import { planLeases } from "../../src/lease/lease-plan.ts";
import { leaseOf } from "../support/leases.ts";
import { FAILOVER_MS, range, viewOf } from "../support/lease-views.ts";

/** A fleet in which passes follow each other and every wish is granted between two rounds. */
class Fleet {
  readonly #random: Random;
  readonly #native: readonly string[];
  readonly #foreign: readonly string[];
  #leases: Lease[];
  moves = 0;

  constructor(
    owners: readonly (string | undefined)[],
    native: number,
    foreign: number,
    seed: number,
  ) {
    this.#random = new SeededRandom(seed);
    this.#native = range(native).map((i) => `native-${i}`);
    this.#foreign = range(foreign).map((i) => `java-${i}`);
    this.#leases = owners.map((owner, i) =>
      leaseOf(i, {
        ...(owner === undefined ? {} : { owner }),
        ...(owner?.startsWith("java") === false ? { nativeOwner: owner } : {}),
      }),
    );
  }

  /** Every live worker makes one pass; with `isSimultaneous` all of them over the same listing. */
  round(isSimultaneous: boolean): void {
    this.moves = 0;
    const listing = this.#leases;
    for (const worker of this.#native) this.#pass(worker, isSimultaneous ? listing : this.#leases);
    for (const worker of this.#foreign)
      this.#kclPass(worker, isSimultaneous ? listing : this.#leases);
    this.#leases = this.#leases.map(granted);
  }

  /** How many leases each live worker has, dead ones' and nobody's under their own names. */
  counts(): Map<string, number> {
    const counts = new Map([...this.#native, ...this.#foreign].map((worker) => [worker, 0]));
    for (const { owner = "nobody" } of this.#leases)
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    return counts;
  }

  #isDead = ({ owner }: Lease): boolean => owner?.includes("dead") === true;

  #pass(worker: string, listing: readonly Lease[]): void {
    const held = this.#leases.filter(({ owner }) => owner === worker).map(({ key }) => key);
    const silentForMs = (lease: Lease) => (this.#isDead(lease) ? FAILOVER_MS + 1 : 0);
    const view = viewOf(listing, { worker, held, silentForMs, random: this.#random });
    const { reclaim, take, wish } = planLeases(view);
    this.moves += reclaim.length + take.length + wish.length;
    for (const lease of take) this.#take(lease, worker, { nativeOwner: worker });
    for (const { key, owner } of wish) {
      this.#change(key, (now) => (now.owner === owner ? { ...now, wantedBy: worker } : now));
    }
  }

  #kclPass(worker: string, listing: readonly Lease[]): void {
    const seen = listing.map((lease) => ({ lease, renewedAtMs: this.#kclRenewedAtMs(lease) }));
    const times = { scannedAtMs: 0, nowMs: 0, failoverMs: FAILOVER_MS };
    const { leases } = planTakes({ worker, seen, random: this.#random, ...times });
    this.moves += leases.length;
    for (const lease of leases) this.#take(lease, worker, {});
  }

  #kclRenewedAtMs(lease: Lease): number {
    if (lease.owner === undefined) return NEVER_RENEWED;
    return this.#isDead(lease) ? -FAILOVER_MS - 1 : 0;
  }

  /** Conditional on the counter, as in the table. */
  #take(seen: Lease, worker: string, fields: Partial<Lease>): void {
    this.#change(seen.key, (now) => {
      if (now.counter !== seen.counter) return now;
      const { wantedBy: _, ...rest } = now;
      return { ...rest, ...fields, owner: worker, counter: now.counter + 1 };
    });
  }

  #change(key: string, change: (lease: Lease) => Lease): void {
    this.#leases = this.#leases.map((lease) => (lease.key === key ? change(lease) : lease));
  }
}

/** A handover; the KCL's workers know nothing of wishes. */
function granted(lease: Lease): Lease {
  const { wantedBy, ...rest } = lease;
  if (wantedBy === undefined || lease.owner !== lease.nativeOwner) return lease;
  return { ...rest, owner: wantedBy, nativeOwner: wantedBy, counter: lease.counter + 1 };
}

function arbitraryFleet(foreign: fc.Arbitrary<number>) {
  return fc
    .record({ native: fc.integer({ min: 1, max: 6 }), foreign, seed: fc.nat() })
    .chain((fleet) => {
      const workers = [
        ...range(fleet.native).map((i) => `native-${i}`),
        ...range(fleet.foreign).map((i) => `java-${i}`),
      ];
      const owner = fc.constantFrom(undefined, "native-dead", "java-dead", ...workers);
      return fc.record({
        native: fc.constant(fleet.native),
        foreign: fc.constant(fleet.foreign),
        seed: fc.constant(fleet.seed),
        owners: fc.array(owner, { minLength: 1, maxLength: 30 }),
        isSimultaneous: fc.boolean(),
      });
    });
}

/** With every round at least one lease moves towards balance, so so many are enough. */
const ROUNDS = 60;

describe.each([
  ["of ours", fc.constant(0)],
  ["of ours and of the KCL", fc.integer({ min: 1, max: 4 })],
])("a fleet of workers %s", (_, foreign) => {
  test("21 ceil-target: passes from any distribution lead to floor or ceiling for everybody, and then stand still", () => {
    fc.assert(
      fc.property(arbitraryFleet(foreign), ({ isSimultaneous, native, owners, seed, ...fleet }) => {
        const workers = new Fleet(owners, native, fleet.foreign, seed);
        for (let i = 0; i < ROUNDS; i += 1) workers.round(isSimultaneous);
        const counts = [...workers.counts().values()];
        const size = native + fleet.foreign;
        expect(counts).toHaveLength(size);
        expect(Math.min(...counts)).toBe(Math.floor(owners.length / size));
        expect(Math.max(...counts)).toBe(Math.ceil(owners.length / size));
        for (let i = 0; i < 5; i += 1) {
          workers.round(isSimultaneous);
          expect(workers.moves).toBe(0);
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** Rounds until every live worker has its share; in each all make a pass, and every wish is granted after it. */
function roundsToBalance(fleet: Fleet, isSimultaneous: boolean): number {
  for (let rounds = 0; ; rounds += 1) {
    const counts = [...fleet.counts().values()];
    if (Math.max(...counts) - Math.min(...counts) <= 1 && !fleet.counts().has("nobody")) {
      return rounds;
    }
    if (rounds === 50) return rounds;
    fleet.round(isSimultaneous);
  }
}

describe.each([2, 3, 5, 10])("%i workers of ours", (size) => {
  const run = { leases: fc.integer({ min: size, max: 100 }), seed: fc.nat(), atOnce: fc.boolean() };

  test("come to equal shares within twelve passes when one of them joins or one has left", () => {
    fc.assert(
      fc.property(
        fc.record({ ...run, isJoin: fc.boolean() }),
        ({ atOnce, isJoin, leases, seed }) => {
          const before = isJoin ? Math.max(1, size - 1) : size + 1;
          const owners = range(leases).map((i) => {
            const worker = i % before;
            return worker < size ? `native-${worker}` : undefined;
          });
          const fleet = new Fleet(owners, size, 0, seed);
          expect(roundsToBalance(fleet, atOnce)).toBeLessThanOrEqual(12);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("come to equal shares within twenty passes from a start, and from one that has everything", () => {
    fc.assert(
      fc.property(
        fc.record({ ...run, isStart: fc.boolean() }),
        ({ atOnce, isStart, leases, seed }) => {
          const owners = range(leases).map(() => (isStart ? undefined : "native-0"));
          const fleet = new Fleet(owners, size, 0, seed);
          expect(roundsToBalance(fleet, atOnce)).toBeLessThanOrEqual(20);
        },
      ),
      { numRuns: 100 },
    );
  });
});

test("forty workers of ours that know each other come to equal shares within four passes, all at once", () => {
  for (const seed of range(10)) {
    const random = new SeededRandom(seed);
    // About half of them have hardly anything.
    const rich = range(960).map(() => `native-${Math.floor(20 * random.next() ** 2)}`);
    const fleet = new Fleet([...range(40).map((i) => `native-${i}`), ...rich], 40, 0, seed);
    expect(roundsToBalance(fleet, true)).toBeLessThanOrEqual(4);
  }
});
