// Plants a bug and runs worlds until the checker that is named for it sees what it does.
import { join } from "node:path";
import { CI_SEEDS, type PlantedBug } from "./planted-bug.ts";
import { type Ended, runProcess } from "./run-process.ts";
import type { Workbench } from "./workbench.ts";
import { readWorldLines, type WorldLine } from "./world-line.ts";

/** What became of a bug. */
export interface Hunt {
  readonly bug: PlantedBug;
  /** The world in which the checker saw it; `undefined` if none did. */
  readonly caughtAt: WorldLine | undefined;
  /** The worlds that were run, in order. */
  readonly worlds: readonly WorldLine[];
  /** What the process said last, if it did not end well. */
  readonly fault: string | undefined;
  readonly seconds: number;
}

/** A bug that does not show in so many worlds is not caught: CI has no time for more. */
const MAX_WORLDS = 20;
/** A bug may make a world that never ends. */
const MAX_HUNT_MS = 90_000;
const SOUND_WORLDS = 3;
const PROCESS = "test/simulation/dist/planted/world-process.js";
const FAULT_CHARACTERS = 2000;

/** Compiles the copy and runs a few worlds in it: what is seen later is then the bug's doing. */
export async function proveSound(bench: Workbench, signal: AbortSignal): Promise<void> {
  await bench.compile();
  const { fault, worlds } = await runWorlds(bench, ["1", String(SOUND_WORLDS)], signal);
  const broken = worlds.find((world) => world.broken !== undefined);
  if (worlds.length === SOUND_WORLDS && broken === undefined && fault === undefined) return;
  const seen = broken === undefined ? fault : `seed ${broken.seed}: ${broken.broken}`;
  throw new Error(`the copy without a bug is not sound: ${seen}`);
}

/** Looks for a bug in worlds that CI runs, from the one that is given for it on. */
export async function hunt(bench: Workbench, bug: PlantedBug, signal: AbortSignal): Promise<Hunt> {
  const startedAtMs = performance.now();
  const count = Math.min(MAX_WORLDS, CI_SEEDS + 1 - bug.fromSeed);
  const args = [String(bug.fromSeed), String(count), bug.caughtBy];
  const { fault, worlds } = await bench.withBug(bug, () => runWorlds(bench, args, signal));
  const caughtAt = worlds.find(({ broken }) => broken?.startsWith(`${bug.caughtBy}: `));
  return { bug, caughtAt, worlds, fault, seconds: (performance.now() - startedAtMs) / 1000 };
}

async function runWorlds(
  bench: Workbench,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Pick<Hunt, "fault" | "worlds">> {
  const options = { cwd: bench.root, signal, timeoutMs: MAX_HUNT_MS };
  const ended = await runProcess([join(bench.root, PROCESS), ...args], options);
  return { fault: faultOf(ended), worlds: readWorldLines(ended.stdout) };
}

function faultOf({ code, stderr }: Ended): string | undefined {
  if (code === 0) return undefined;
  return code === null
    ? `not done after ${MAX_HUNT_MS / 1000} s`
    : `exit ${code}: ${stderr.slice(-FAULT_CHARACTERS)}`;
}
