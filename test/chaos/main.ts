// `npm run chaos -- [--minutes N] [--records N] [--seed N]`: producers and workers under SIGKILL, SIGSTOP, deployments,
// reshards, and faults of every call to Kinesis and the lease table. Every acknowledged record must come out, each key's
// in their order. Tells what happens while it runs, and ends with a table, or with status 1 and what is needed to look
// into a broken promise.
import { randomInt } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type ChaosOutcome, ChaosRun } from "./chaos-run.ts";
import { type Flags, readFlags, USAGE } from "./flags.ts";
import { brokenPromises, storiesOf, tableOf } from "./report.ts";
import type { Entry } from "./worker-fleet.ts";

const INTERRUPTED = 130;

const args = process.argv.slice(2);
const flags = readFlags(args, () => randomInt(2 ** 32));
if (args.includes("--help")) process.stdout.write(`${USAGE}\n`);
else if (typeof flags === "string") {
  process.stderr.write(`${flags}\n\n${USAGE}\n`);
  process.exitCode = 2;
} else process.exitCode = await run(flags);

async function run({ journal, minutes, ...flags }: Flags): Promise<number> {
  const { failoverMs, producers, read, records, seed, workers } = flags;
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)));
  }
  const command =
    `npm run chaos -- --minutes ${minutes} --records ${records} --seed ${seed} ` +
    `--workers ${workers} --producers ${producers} --failover ${failoverMs} --read ${read}`;
  process.stdout.write(`${command}\n`);
  try {
    const outcome = await new ChaosRun({
      ...flags,
      runMs: minutes * 60_000,
      signal: interrupted.signal,
      onNews: (atMs, what) =>
        void process.stdout.write(`${(atMs / 1000).toFixed(1).padStart(7)} s  ${what}\n`),
    }).run();
    if (journal !== undefined) await writeJournal(journal, outcome);
    const broken = brokenPromises(outcome);
    process.stdout.write(`\n${tableOf(outcome, failoverMs)}\n\n`);
    if (broken.length === 0) {
      process.stdout.write(
        "chaos held: every acknowledged record arrived, each key in its order\n",
      );
      return 0;
    }
    process.stdout.write(`${storiesOf(outcome)}\n\nchaos BROKE its promises:\n`);
    for (const promise of broken) process.stdout.write(`  ${promise}\n`);
    process.stdout.write(`the same incidents again: ${command}\n`);
    return 1;
  } catch (error) {
    const { cause = error } = error as Error;
    process.stderr.write(`chaos ended early: ${(cause as Error).message}\n`);
    return interrupted.signal.aborted ? INTERRUPTED : 1;
  }
}

function writeJournal(path: string, { entries, startedAtMs }: ChaosOutcome): Promise<void> {
  const lines = Readable.from(entries).map(({ atMs, process: { name, pid }, ...line }: Entry) => {
    return `${JSON.stringify({ atMs: Math.round(atMs - startedAtMs), name, pid, ...line })}\n`;
  });
  return pipeline(lines, createWriteStream(path));
}
