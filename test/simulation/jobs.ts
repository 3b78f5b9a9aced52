// Runs worlds side by side: each job takes the next seed when it is done with one, until the seeds are used up, the time is
// over, enough worlds count, or one breaks.
import { type ChildProcess, fork } from "node:child_process";
import { once, setMaxListeners } from "node:events";
import { fileURLToPath } from "node:url";
import { commandOf } from "./command.ts";
import { type Outcome, runWorld, type WorldsPlan } from "./run-world.ts";
import { isCounted } from "./tally.ts";

const JOB = fileURLToPath(new URL("job.js", import.meta.url));

/** How many worlds, and how many of them at once. */
export interface JobsPlan extends WorldsPlan {
  readonly seed: number;
  readonly seeds: number;
  /** No world is begun later than this. */
  readonly minutes: number;
  readonly jobs: number;
  /** As soon as so many worlds count that is enough; zero: all that there are. */
  readonly counting: number;
}

/**
 * Tells of each world that ended, in the order of their ends; of none after the first that broke. Rejects with the reason of
 * the signal when that aborts, and when a world fails to run; in both cases all processes are ended.
 */
export async function runWorlds(
  plan: JobsPlan,
  onEnd: (outcome: Outcome) => void,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const interrupted = rejectionOf(signal);
  setMaxListeners(0, stop.signal);
  let counted = 0;
  const seeds = seedsOf(plan, performance.now());
  const keepOn = async (run: (seed: number) => Promise<Outcome>): Promise<void> => {
    for (const seed of seeds) {
      const outcome = await run(seed);
      if (stop.signal.aborted || signal.aborted) return;
      onEnd(outcome);
      if (isCounted(outcome)) counted += 1;
      const isEnough = plan.counting > 0 && counted >= plan.counting;
      if (outcome.brokenBy !== undefined || isEnough) stop.abort();
      if (stop.signal.aborted) return;
    }
  };
  if (plan.jobs === 1) {
    await Promise.race([keepOn((seed) => runWorld(plan, seed)), interrupted]);
    return;
  }
  const { hours, jobs, odds } = plan;
  const processes = Array.from({ length: Math.min(jobs, plan.seeds) }, () => {
    return new JobProcess({ hours, odds }, stop.signal);
  });
  try {
    await Promise.race([
      Promise.all(processes.map((process) => keepOn((seed) => process.run(seed)))),
      once(stop.signal, "abort"),
      interrupted,
    ]);
  } finally {
    stop.abort();
  }
}

/** Rejects with the signal's reason when it aborts. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

/** One after the other to whoever asks: a generator would end for all when one of them leaves its loop. */
function seedsOf({ minutes, seed, seeds }: JobsPlan, startedAtMs: number): Iterable<number> {
  let next = seed;
  const hasNext = (): boolean =>
    next < seed + seeds && (next === seed || performance.now() - startedAtMs < minutes * 60_000);
  const iterator: Iterator<number> = {
    next: () => (hasNext() ? { value: next++ } : { done: true, value: undefined }),
  };
  return { [Symbol.iterator]: () => iterator };
}

/** Runs worlds in a process of its own, one at a time, until it is aborted. */
class JobProcess {
  readonly #child: ChildProcess;
  readonly #plan: WorldsPlan;

  constructor(plan: WorldsPlan, signal: AbortSignal) {
    this.#plan = plan;
    this.#child = fork(JOB, { serialization: "advanced" });
    this.#child.send(plan);
    signal.addEventListener("abort", () => this.#child.kill("SIGKILL"));
  }

  async run(seed: number): Promise<Outcome> {
    const ended = new AbortController();
    const outcome = once(this.#child, "message", { signal: ended.signal });
    const onExit = (code: number | null, signal: string | null): void => {
      const how = `its process ended by itself, with ${code ?? signal}`;
      const repeat = `repeat it: ${commandOf({ ...this.#plan, seed })}`;
      ended.abort(new Error(`seed ${seed}: ${how}; ${repeat}`));
    };
    this.#child.once("exit", onExit);
    try {
      this.#child.send(seed);
      return (await outcome)[0] as Outcome;
    } finally {
      this.#child.off("exit", onExit);
    }
  }
}
