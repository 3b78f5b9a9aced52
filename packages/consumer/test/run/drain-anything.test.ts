import { backoffMs, type Random, sleep, untilAborted } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { failed } from "../support/failures.ts";
import { Fleet, type WorkerSetup } from "../support/fleet.ts";
import { range } from "../support/lease-views.ts";

const DRAIN_MS = 5000;
/** After the time to drain, this long for leases to be given up. */
const GRACE_MS = 1000;
const NEVER = (): Promise<never> => new Promise(() => undefined);

/** A call to AWS that goes through, takes its time, fails, or gets no answer. */
async function perhaps<T>(
  call: () => Promise<T>,
  signal: AbortSignal,
  { clock, random }: { readonly clock: Fleet["clock"]; readonly random: Random },
): Promise<T> {
  const chance = random.next();
  if (chance < 0.1) throw failed("throttled");
  if (chance < 0.15) throw failed("unreachable");
  if (chance < 0.2) return untilAborted(NEVER(), signal);
  if (chance < 0.5) {
    await sleep(clock, backoffMs({ baseMs: 100, maxMs: 3000 }, 3, random), signal);
  }
  return call();
}

/** A worker whose handlers, hooks, table and stream do what they like. */
function chaotic(fleet: Fleet, random: Random): WorkerSetup {
  const world = { clock: fleet.clock, random };
  const moods = [
    async () => undefined,
    () => {
      throw new Error("not today");
    },
    () => Promise.reject(new Error("nor tomorrow")),
    () => new Promise<void>((resolve) => void fleet.clock.startTimer(3000, resolve)),
    NEVER,
  ];
  const mood = () => moods[Math.floor(random.next() * moods.length)]?.();
  return {
    drainTimeoutMs: DRAIN_MS,
    batch: { maxRecords: 2 },
    onFailure: { timeoutMs: 2000, maxAttempts: 2, haltMs: 1000 },
    hooks: { onShardStarted: mood, onLeaseLost: mood, onShutdownRequested: mood },
    handle: mood,
    kinesisFaults: {
      getRecords: (next, ...args) => perhaps(() => next(...args), args[1], world),
      getShardIterator: (next, ...args) => perhaps(() => next(...args), args[1], world),
      listShards: (next, ...args) => perhaps(() => next(...args), args[1], world),
    },
    tableFaults: {
      list: (next, ...args) => perhaps(() => next(...args), args[0], world),
      get: (next, ...args) => perhaps(() => next(...args), args[2], world),
      create: (next, ...args) => perhaps(() => next(...args), args[1], world),
      update: (next, ...args) => perhaps(() => next(...args), args[2], world),
    },
  };
}

test.each(range(60))(
  "94 stop-deadline: whatever is under way, a drain ends on time and leaves nothing running (%i)",
  async (seed) => {
    const random = new SeededRandom(seed + 1);
    const fleet = new Fleet(3);
    for (const i of range(30)) await fleet.put([`r${i}`], `key-${i}`);
    const a = fleet.start("a", chaotic(fleet, random));
    await fleet.clock.advance(random.next() * 30_000);
    if (random.next() < 0.3) a.consumer.pause();
    expect(a.run.state()).toBe("pending");
    a.stop();
    await fleet.clock.advance(DRAIN_MS + GRACE_MS);
    expect(a.run.state()).toBe("resolved");
    expect(a.consumer.health()).toEqual({ status: "down", reasons: [{ kind: "stopped" }] });
    expect(a.consumer.stats()).toMatchObject({ leases: 0, shards: [] });
    // What the application left running does no harm afterwards, and nothing of ours is left on the clock.
    const { delivered } = fleet;
    const before = delivered.length;
    await fleet.clock.advance(60_000);
    expect(delivered).toHaveLength(before);
    expect(fleet.clock.pendingTimers).toBe(0);
  },
);
