// npm run simulate -- [--seed N] [--seeds COUNT]: runs worlds one after the other. Exits 1 when an invariant breaks,
// and tells the seed that broke it, its odds, and the last that happened.
import { parseArgs } from "node:util";
import { World, type WorldReport } from "./world.ts";

interface Flags {
  readonly seed: number;
  readonly seeds: number;
}

const USAGE = `usage: npm run simulate -- [--seed N] [--seeds COUNT]

  --seed N       the first seed, 1 unless given
  --seeds COUNT  how many worlds, from that seed on; 1 unless given`;

function readFlags(args: readonly string[]): Flags | string {
  try {
    const options = { seed: { type: "string" }, seeds: { type: "string" } } as const;
    const { values } = parseArgs({ args: [...args], options });
    const seed = Number(values.seed ?? "1");
    const seeds = Number(values.seeds ?? "1");
    if (!Number.isSafeInteger(seed) || seed < 0) return "--seed takes a whole number from 0";
    if (!Number.isSafeInteger(seeds) || seeds < 1) return "--seeds takes a whole number from 1";
    return { seed, seeds };
  } catch (error) {
    return (error as Error).message;
  }
}

function tell(report: WorldReport, cpuMs: number): void {
  const { broken, delivered, faults, odds, put, reshards, seed, story } = report;
  const fired = [...faults].map(([fault, count]) => `${count} x ${fault}`).join(", ");
  const verdict = broken === undefined ? "fine" : `BROKEN ${broken.message}`;
  console.log(
    `seed ${seed}: ${verdict}; ${put} put, ${delivered} delivered, ${reshards} reshards, ` +
      `${fired}; ${Math.round(cpuMs)} ms`,
  );
  if (broken === undefined) return;
  console.log(`\nodds: ${JSON.stringify(odds)}\nthe last that happened:`);
  for (const line of story) console.log(line);
  console.log(`\nBROKEN ${broken.message}`);
  console.log(`\nrepeat it: npm run simulate -- --seed ${seed}`);
}

async function main(): Promise<number> {
  const flags = readFlags(process.argv.slice(2));
  if (typeof flags === "string") {
    console.error(`${flags}\n\n${USAGE}`);
    return 2;
  }
  const startedAt = process.cpuUsage();
  let workerHours = 0;
  let counted = 0;
  for (let seed = flags.seed; seed < flags.seed + flags.seeds; seed += 1) {
    const before = process.cpuUsage();
    const report = await new World(seed).run();
    tell(report, cpuMs(before));
    if (report.broken !== undefined) return 1;
    workerHours += report.workerHours;
    if (report.reshards > 0 && report.faults.size >= 3) counted += 1;
  }
  const rate = workerHours / (cpuMs(startedAt) / 60_000);
  console.log(
    `${flags.seeds} worlds, all fine; ${counted} with a reshard and three kinds of fault; ` +
      `${rate.toFixed(0)} simulated worker-hours per minute of CPU`,
  );
  return 0;
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

process.exitCode = await main();
