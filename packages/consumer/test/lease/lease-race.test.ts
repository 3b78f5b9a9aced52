// Workers that want the same leases at the same moment.
import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { LeaseRace } from "../../src/lease/lease-race.ts";
import { leaseOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { startTaking } from "../support/taking.ts";

test("whoever finds most leases taken by others stops trying, and looks at the table again", async () => {
  const leases = range(300).map((i) => leaseOf(i));
  const others = leases.map(({ key }, i) => ({ key, owner: `other-${i % 10}` }));
  let tries = 0;
  const { clock, listedAtMs, write } = await startTaking(leases, {
    faults: () => ({
      update: async (next, key, move, signal) => {
        if (move.patch.owner === "me") tries += 1;
        return next(key, move, signal);
      },
      list: async (next, signal) => {
        const seen = await next(signal);
        // All the others start at the same moment, and are faster.
        if (tries === 0) {
          for (const [i, { owner }] of others.entries()) {
            await write(i, { owner, nativeOwner: owner, counter: 1 });
          }
        }
        return seen;
      },
    }),
  });
  await clock.advance(600);
  expect(listedAtMs).toHaveLength(2);
  // Twenty are under way at a time.
  expect(tries).toBe(20);
});

test("a lease that is in hand by the time of its take was not won in the race", async () => {
  const leases = range(300).map((i) => leaseOf(i));
  let tries = 0;
  let isChanged: Promise<void> | undefined;
  const taking = await startTaking(leases, {
    faults: () => ({
      update: async (next, key, move, signal) => {
        if (move.patch.owner === "me") tries += 1;
        isChanged ??= change();
        await isChanged;
        return next(key, move, signal);
      },
    }),
  });
  /** Two thirds come into hand otherwise, as by a handover, and others take the rest. */
  async function change(): Promise<void> {
    for (const i of range(300)) {
      const owner = i % 3 === 0 ? "other" : "me";
      const update = await taking.write(i, { owner, nativeOwner: owner, counter: 1 });
      if (owner === "other" || update.kind === "conflict") continue;
      taking.held.add(update.lease, { sentAtMs: 0, previousOwner: undefined, isFirstTake: false });
    }
  }
  await taking.clock.advance(50);
  expect(taking.held.size).toBe(200);
  // Of the hundred that others took; twenty are under way at a time.
  expect(tries).toBeLessThan(60);
});

test("a race is lost by twenty tries that came too late, and by more of them than were in time", () => {
  const raceOf = (won: number, lost: number): LeaseRace => {
    const race = new LeaseRace({ clock: quietClock(), random: new SeededRandom(1) });
    for (let i = 0; i < won; i += 1) race.win();
    for (let i = 0; i < lost; i += 1) race.lose();
    return race;
  };
  expect([19, 20].map((lost) => raceOf(0, lost).isLost)).toEqual([false, true]);
  expect([29, 30, 31].map((lost) => raceOf(30, lost).isLost)).toEqual([false, false, true]);
});

test("whoever loses a race pauses once for all its tries, and not as long as the others", () => {
  const pauses = range(200).map((seed) => {
    const race = new LeaseRace({ clock: quietClock(), random: new SeededRandom(seed) });
    const times = range(20).map(() => race.lose());
    expect(new Set(times).size).toBe(1);
    return times[0] ?? 0;
  });
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(100);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(500);
  const late = pauses.filter((pause) => pause > 300).length;
  expect(late).toBeGreaterThan(60);
  expect(late).toBeLessThan(140);
});

test("a lease that is gone, or held already, counts neither as won nor as lost", async () => {
  const leases = range(200).map((i) => leaseOf(i));
  const gone = new Set(leases.slice(0, 100).map(({ key }) => key));
  let tries = 0;
  let tells = 0;
  const { clock, listedAtMs, write } = await startTaking(leases, {
    faults: () => ({
      update: async (next, key, move, signal) => {
        if (move.patch.owner !== "me") return next(key, move, signal);
        tries += 1;
        return gone.has(key) ? { kind: "conflict" } : next(key, move, signal);
      },
      list: async (next, signal) => {
        const seen = await next(signal);
        tells += 1;
        if (tells > 1) return seen;
        for (const [i, { key }] of leases.entries()) {
          if (!gone.has(key)) await write(i, { owner: "other", nativeOwner: "other", counter: 1 });
        }
        return seen;
      },
    }),
  });
  await clock.advance(0);
  expect(listedAtMs).toHaveLength(1);
  // Of about as many that are gone as come too late, until twenty did; twenty are under way at a time.
  expect(tries).toBeLessThan(100);
});
