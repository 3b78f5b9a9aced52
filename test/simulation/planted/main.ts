// npm run planted -- [NAME]: plants the bugs of the list, or one of them, in copies of the sources, and shows that the
// checker named for each sees it within the worlds that CI runs. Two copies side by side. Exits 1 if one is not caught.
import { resolve } from "node:path";
import { PLANTED_BUGS } from "./planted-bugs.ts";
import { CI_SEEDS, type PlantedBug } from "./planted-bug.ts";
import { type Hunt, hunt, proveSound } from "./planted-run.ts";
import { Workbench } from "./workbench.ts";

const REPOSITORY = resolve(import.meta.dirname, "../../../..");
const BENCHES = 2;
const NAMES = PLANTED_BUGS.map(({ name }) => `  ${name}`).join("\n");
const USAGE = `usage: npm run planted -- [NAME]

Without a name all of them are planted, one after the other; there are:
${NAMES}`;

function tell({ bug, isCaught, others, seconds, worlds }: Hunt): void {
  const took = `${seconds.toFixed(1)} s`;
  const { broken, fault, run } = worlds;
  if (isCaught && broken !== undefined) {
    console.log(`caught: ${bug.name}: seed ${broken.seed} after ${took}: ${broken.broken}`);
    return;
  }
  console.log(`NOT CAUGHT by ${bug.caughtBy}: ${bug.name}: ${run} worlds in ${took}`);
  if (fault !== undefined) console.log(`  ${fault}`);
  if (broken !== undefined) console.log(`  seed ${broken.seed}: ${broken.broken}`);
  const seen = others?.broken;
  console.log(
    seen === undefined ? "  nor by others" : `  others: seed ${seen.seed}: ${seen.broken}`,
  );
}

async function huntAll(bugs: readonly PlantedBug[], stop: AbortController): Promise<Hunt[]> {
  const waiting = [...bugs];
  const hunts: Hunt[] = [];
  const work = async (): Promise<void> => {
    using bench = new Workbench(REPOSITORY, stop.signal);
    await proveSound(bench, stop.signal);
    for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) {
      const done = await hunt(bench, bug, stop.signal);
      tell(done);
      hunts.push(done);
    }
  };
  const benches = Array.from({ length: Math.min(BENCHES, bugs.length) }, () =>
    // What ends one ends the other, and what both have made is cleared away before anything is told.
    work().catch((error: unknown) => stop.abort(error)),
  );
  await Promise.all(benches);
  stop.signal.throwIfAborted();
  return hunts;
}

async function main(): Promise<number> {
  const [name] = process.argv.slice(2);
  if (name === "--help") {
    console.log(USAGE);
    return 0;
  }
  const bugs = PLANTED_BUGS.filter((bug) => name === undefined || bug.name === name);
  if (bugs.length === 0) {
    console.error(`no planted bug is called "${name}"; there are:\n${NAMES}`);
    return 2;
  }
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => stop.abort(new Error(`stopped by ${signal}`));
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.once(signal, onSignal);
  const startedAtMs = performance.now();
  let hunts: readonly Hunt[];
  try {
    hunts = await huntAll(bugs, stop);
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
  const caught = hunts.filter(({ isCaught }) => isCaught).length;
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  console.log(
    `${caught} of ${bugs.length} caught, in worlds of the first ${CI_SEEDS}; ${seconds} s`,
  );
  return caught === bugs.length ? 0 : 1;
}

process.exitCode = await main();
