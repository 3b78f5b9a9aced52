// Plants a bug and runs worlds until the checker that is named for it sees what it does; what others see does not count.
import { join } from "node:path";
import { CI_SEEDS, type PlantedBug } from "./planted-bug.ts";
import { type Ended, runProcess } from "./run-process.ts";
import type { Workbench } from "./workbench.ts";
import { isSeenBy, readWorldLines, type WorldLine } from "./world-line.ts";

/** Worlds that were run one after the other. */
interface Worlds {
  readonly run: number;
  /** The last one, if an invariant broke in it. */
  readonly broken: WorldLine | undefined;
  /** How the process failed, if it did. */
  readonly fault: string | undefined;
}

/** What became of a bug. */
export interface Hunt {
  readonly bug: PlantedBug;
  readonly worlds: Worlds;
  /** Whether the last of them was broken by what the checker named for it saw. */
  readonly isCaught: boolean;
  /** What the other checkers see of a bug that was not caught. */
  readonly others: Worlds | undefined;
  readonly seconds: number;
}

/** A bug that does not show in this time is not caught: CI has no time for more. */
const MAX_HUNT_MS = 90_000;
const SOUND_WORLDS = 3;
const PROCESS = "test/simulation/dist/planted/world-process.js";
const FAULT_CHARACTERS = 2000;

/** Compiles the copy and runs a few worlds in it: what is seen later is then the bug's doing. */
export async function proveSound(bench: Workbench, signal: AbortSignal): Promise<void> {
  await bench.compile();
  const { broken, fault } = await runWorlds(bench, 1, SOUND_WORLDS, signal);
  if (broken === undefined && fault === undefined) return;
  const seen = broken === undefined ? fault : `seed ${broken.seed}: ${broken.broken}`;
  throw new Error(`the copy without a bug is not sound: ${seen}`);
}

/** Looks for a bug in the worlds that CI runs, beginning with the one that is given for it. */
export async function hunt(bench: Workbench, bug: PlantedBug, signal: AbortSignal): Promise<Hunt> {
  const startedAtMs = performance.now();
  const { caughtBy, fromSeed } = bug;
  return bench.withBug(bug, async () => {
    const worlds = await runWorlds(bench, fromSeed, CI_SEEDS, signal, caughtBy);
    const seconds = (performance.now() - startedAtMs) / 1000;
    const isCaught = isSeenBy(caughtBy, worlds.broken);
    const others = isCaught ? undefined : await runWorlds(bench, fromSeed, SOUND_WORLDS, signal);
    return { bug, worlds, isCaught, others, seconds };
  });
}

async function runWorlds(
  bench: Workbench,
  first: number,
  count: number,
  signal: AbortSignal,
  ...checker: readonly string[]
): Promise<Worlds> {
  const args = [join(bench.root, PROCESS), String(first), String(count), ...checker];
  const ended = await runProcess(args, { cwd: bench.root, signal, timeoutMs: MAX_HUNT_MS });
  const lines = readWorldLines(ended.stdout);
  const broken = lines.find((line) => line.broken !== undefined);
  return { run: lines.length, broken, fault: faultOf(ended) };
}

function faultOf({ code, stderr }: Ended): string | undefined {
  if (code === 0) return undefined;
  return code === null
    ? `not done after ${MAX_HUNT_MS / 1000} s`
    : `exit ${code}: ${stderr.slice(-FAULT_CHARACTERS)}`;
}
