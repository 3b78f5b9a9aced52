// Runs one world and says on the console what it came to.
import { commandOf } from "./command.ts";
import { oddsLine, oddsText } from "./odds-text.ts";
import type { OddsPatch } from "./odds.ts";
import { World, type WorldReport } from "./world.ts";

/** What all worlds of one command have in common. */
export interface WorldsPlan {
  readonly odds: OddsPatch;
  /** Simulated hours of faults. */
  readonly hours: number | undefined;
}

/** What is left of a world when its story is told. */
export interface Outcome extends Omit<WorldReport, "broken" | "story"> {
  /** The checker that saw its invariant broken. */
  readonly brokenBy: string | undefined;
  readonly cpuMs: number;
}

/** Prints the odds before the first step, and the story if an invariant breaks. */
export async function runWorld(plan: WorldsPlan, seed: number): Promise<Outcome> {
  const repeat = `repeat it: ${commandOf({ ...plan, seed })}`;
  try {
    return await run(plan, seed, repeat);
  } catch (error) {
    console.log(`seed ${seed}: FAILED to run\n${repeat}`);
    throw error;
  }
}

async function run({ hours, odds }: WorldsPlan, seed: number, repeat: string): Promise<Outcome> {
  const world = new World({ seed, odds, ...(hours === undefined ? {} : { hours }) });
  console.log(`seed ${seed}: ${oddsLine(world.odds)}`);
  const startedAtMs = cpuNowMs();
  const { broken, story, ...rest } = await world.run();
  const cpuMs = cpuNowMs() - startedAtMs;
  const fired = [...rest.faults, ...rest.events]
    .map(([fault, count]) => `${count} x ${fault}`)
    .join(", ");
  const verdict = broken === undefined ? "fine" : `BROKEN ${broken.message}`;
  console.log(
    `seed ${seed}: ${verdict}; ${rest.put} put, ${rest.delivered} delivered, ` +
      `${rest.reshards} reshards, ${fired}; ${Math.round(cpuMs)} ms`,
  );
  if (broken !== undefined) {
    const allOdds = `odds: ${oddsText(world.odds)}`;
    const end = [`\nBROKEN ${broken.message}`, allOdds, repeat];
    console.log(["\nthe last that happened:", ...story, ...end].join("\n"));
  }
  return { ...rest, brokenBy: broken?.checker, cpuMs };
}

function cpuNowMs(): number {
  const { system, user } = process.cpuUsage();
  return (user + system) / 1000;
}
