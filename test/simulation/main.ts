// npm run simulate: runs worlds. Exits 1 when an invariant breaks, and tells the seed that broke it, its odds, and the last
// that happened; also when the worlds were fewer than was asked for, or showed too little.
import { commandOf } from "./command.ts";
import { type Flags, readFlags, USAGE } from "./flags.ts";
import { runWorlds } from "./jobs.ts";
import { runLarge } from "./large/run-large.ts";
import { oddsText } from "./odds-text.ts";
import type { Outcome } from "./run-world.ts";
import { shrink } from "./shrink.ts";
import { Tally } from "./tally.ts";
import { shortcomingsOf } from "./verdict.ts";
import { World } from "./world.ts";

const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    console.log(USAGE);
    return 0;
  }
  const flags = readFlags(args);
  if (typeof flags === "string") {
    console.error(`${flags}\n\n${USAGE}`);
    return 2;
  }
  if (flags.large) return runLarge(flags.seed);
  const tally = new Tally();
  let broken: Outcome | undefined;
  const trouble = await runAll(flags, (outcome) => {
    tally.add(outcome);
    if (outcome.brokenBy !== undefined) broken = outcome;
  });
  for (const line of tally.lines()) console.log(line);
  if (trouble !== undefined) {
    console.error(trouble.message);
    // A world that is under way in this process would go on.
    process.exit(1);
  }
  if (broken !== undefined) {
    const { brokenBy, seed } = broken;
    console.log(`BROKEN ${brokenBy}; repeat it: ${commandOf({ ...flags, seed })}`);
    if (flags.shrink) await tellSmaller(broken, flags);
    return 1;
  }
  const shortcomings = shortcomingsOf(tally, flags);
  for (const shortcoming of shortcomings) console.error(shortcoming);
  return shortcomings.length === 0 ? 0 : 1;
}

/** Answers what kept it from the end: a world that failed to run, or a signal, after which the next one ends it at once. */
async function runAll(flags: Flags, onEnd: (outcome: Outcome) => void): Promise<Error | undefined> {
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => stop.abort(new Error(`stopped by ${signal}`));
  for (const signal of SIGNALS) process.once(signal, onSignal);
  try {
    await runWorlds(flags, onEnd, stop.signal);
    return undefined;
  } catch (error) {
    return error as Error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

async function tellSmaller(broken: Outcome, { hours }: Flags): Promise<void> {
  console.log("\nlooking for a smaller world that breaks alike; Ctrl-C to end");
  const forHours = hours === undefined ? {} : { hours };
  const smallest = await shrink(
    broken,
    async (plan) => (await new World({ ...plan, ...forHours }).run()).broken?.checker,
    (without, smaller) => {
      console.log(`still broken with ${oddsText(without)}: ${commandOf({ ...smaller, hours })}`);
    },
  );
  console.log(`the smallest: ${commandOf({ ...smallest, hours })}`);
}

process.exitCode = await main();
