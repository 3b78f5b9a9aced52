import { expect, test, vi } from "vitest";
import type { JobsPlan } from "./jobs.ts";
import { runWorlds } from "./jobs.ts";
import type { OddsPatch } from "./odds.ts";

const NEVER = new AbortController().signal;
const odds: OddsPatch = {
  fleet: { workers: 1 },
  kinesis: { shards: 1 },
  producers: { putsPerSecond: 1 },
};
const PLAN: JobsPlan = {
  seed: 7,
  seeds: 2,
  counting: 0,
  minutes: 10,
  hours: 0.001,
  odds,
  jobs: 1,
};

test("worlds are run seed by seed, and none is begun when the time is over, but for the first", async () => {
  using _ = vi.spyOn(console, "log").mockReturnValue();
  const seeds: number[] = [];
  await runWorlds(PLAN, ({ seed }) => seeds.push(seed), NEVER);
  expect(seeds).toEqual([7, 8]);
  await runWorlds({ ...PLAN, minutes: 1e-9 }, ({ seed }) => seeds.push(seed), NEVER);
  expect(seeds).toEqual([7, 8, 7]);
});

test("worlds that do not count are not enough, and when enough count no more are run", async () => {
  using _ = vi.spyOn(console, "log").mockReturnValue();
  const counts: boolean[] = [];
  const reshards = { incidents: { reshardMs: 10_000 }, kinesis: { shards: 1, updateMs: 1 } };
  const plan = { ...PLAN, hours: 0.005, odds: { ...odds, ...reshards } };
  const isCounted = ({ faults }: { readonly faults: ReadonlyMap<string, number> }): boolean =>
    faults.has("reshard") && faults.size > 3;
  await runWorlds(
    { ...plan, seeds: 100, counting: 2 },
    (outcome) => counts.push(isCounted(outcome)),
    NEVER,
  );
  expect(counts.filter(Boolean)).toHaveLength(2);
  expect(counts.at(-1)).toBe(true);
});

test("an interrupted run rejects with the reason, and what was told before stays told", async () => {
  using _ = vi.spyOn(console, "log").mockReturnValue();
  const stop = new AbortController();
  const seeds: number[] = [];
  const onEnd = ({ seed }: { readonly seed: number }): void => {
    seeds.push(seed);
    stop.abort(new Error("stopped"));
  };
  await expect(runWorlds({ ...PLAN, seeds: 100 }, onEnd, stop.signal)).rejects.toThrow("stopped");
  expect(seeds).toEqual([7]);
  await expect(runWorlds(PLAN, onEnd, stop.signal)).rejects.toThrow("stopped");
  expect(seeds).toEqual([7]);
});

test("a world that cannot be run tells how to repeat it", async () => {
  using log = vi.spyOn(console, "log").mockReturnValue();
  const broken = { ...PLAN, odds: { kinesis: { shards: -1 } } };
  await expect(runWorlds(broken, () => undefined, NEVER)).rejects.toThrow();
  expect(log).toHaveBeenCalledWith(
    expect.stringContaining(
      `repeat it: npm run simulate -- --seed 7 --hours 0.001 --odds '{"kinesis":{"shards":-1}}'`,
    ),
  );
});
