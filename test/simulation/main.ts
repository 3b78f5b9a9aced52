// npm run simulate: runs worlds one after the other. Exits 1 when an invariant breaks, and tells the seed that broke it,
// its odds, and the last that happened.
import { type Flags, readFlags, USAGE } from "./flags.ts";
import { runLarge } from "./large/run-large.ts";
import { oddsLine, oddsText } from "./odds-text.ts";
import { shrink } from "./shrink.ts";
import { Tally } from "./tally.ts";
import { World, type WorldReport } from "./world.ts";

async function main(): Promise<number> {
  const flags = readFlags(process.argv.slice(2));
  if (typeof flags === "string") {
    console.error(`${flags}\n\n${USAGE}`);
    return 2;
  }
  if (flags.large) return runLarge(flags.seed);
  const tally = new Tally();
  for (let seed = flags.seed; seed < flags.seed + flags.seeds; seed += 1) {
    const report = await runWorld(flags, seed);
    tally.add(report);
    if (report.broken === undefined) continue;
    if (flags.shrink) await tellSmaller(report, flags);
    return 1;
  }
  for (const line of tally.lines(cpuMs())) console.log(line);
  return 0;
}

async function runWorld({ hours, odds }: Flags, seed: number): Promise<WorldReport> {
  const world = new World({ seed, odds, ...(hours === undefined ? {} : { hours }) });
  console.log(`seed ${seed}: ${oddsLine(world.odds)}`);
  const before = cpuMs();
  const report = await world.run();
  const { broken, delivered, faults, put, reshards, story } = report;
  const fired = [...faults].map(([fault, count]) => `${count} x ${fault}`).join(", ");
  const verdict = broken === undefined ? "fine" : `BROKEN ${broken.message}`;
  console.log(
    `seed ${seed}: ${verdict}; ${put} put, ${delivered} delivered, ${reshards} reshards, ` +
      `${fired}; ${Math.round(cpuMs() - before)} ms`,
  );
  if (broken === undefined) return report;
  console.log("\nthe last that happened:");
  for (const line of story) console.log(line);
  const asked = Object.keys(odds).length === 0 ? "" : ` --odds '${oddsText(odds)}'`;
  const forHours = hours === undefined ? "" : ` --hours ${hours}`;
  console.log(`\nBROKEN ${broken.message}`);
  console.log(`repeat it: npm run simulate -- --seed ${seed}${forHours}${asked}`);
  return report;
}

async function tellSmaller(report: WorldReport, { hours }: Flags): Promise<void> {
  console.log("\nlooking for a smaller world that breaks alike; Ctrl-C to end");
  const forHours = hours === undefined ? {} : { hours };
  const { odds, seed } = await shrink(
    report,
    async (plan) => (await new World({ ...plan, ...forHours }).run()).broken?.checker,
    (without) => console.log(`still broken with ${oddsText(without)}`),
  );
  const length = hours === undefined ? "" : ` --hours ${hours}`;
  console.log(
    `the smallest: npm run simulate -- --seed ${seed}${length} --odds '${oddsText(odds)}'`,
  );
}

function cpuMs(): number {
  const { system, user } = process.cpuUsage();
  return (user + system) / 1000;
}

process.exitCode = await main();
