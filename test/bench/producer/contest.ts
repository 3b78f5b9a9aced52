// Compares variants on one kind of traffic: each in a process of its own, all of them against one endpoint.
import type { Comparison, Goal } from "../suite.ts";
import { HelperProcess } from "./helper-process.ts";
import type { LoadArgument, Sample } from "./load-process.ts";
import type { Traffic } from "./traffic.ts";
import { VARIANTS, type VariantName } from "./variants.ts";

/** Who competes at what. */
interface Contest {
  readonly traffic: Traffic;
  readonly names: readonly VariantName[];
  readonly goals: readonly Goal[];
}

/** One comparison; its processes live as long as it does. */
export async function* contest({ traffic, names, goals }: Contest): AsyncGenerator<Comparison> {
  await using endpoint = await HelperProcess.start<number, never>("endpoint-process.js");
  const runners = await Promise.all(names.map((name) => start(name, traffic, endpoint.ready)));
  try {
    yield {
      title: `put, ${traffic.title}, 16 shards`,
      unit: "µs of CPU per record",
      variants: names.map((name, i) => ({
        name,
        role: VARIANTS[name].role,
        sample: () => sampleOf(runners[i] as Runner, name),
      })),
      goals: goals.filter(({ of, against = of }) => has(names, of) && has(names, against)),
      // Every sample checks what it put.
      check: () => {},
    };
  } finally {
    for (const runner of runners) await runner[Symbol.asyncDispose]();
  }
}

type Runner = HelperProcess<"ready", Sample>;

function start(variant: VariantName, { id }: Traffic, port: number): Promise<Runner> {
  const argument: LoadArgument = { variant, traffic: id, port };
  return HelperProcess.start("load-process.js", argument);
}

async function sampleOf(runner: Runner, name: VariantName): Promise<number> {
  const sample = await runner.ask();
  if ("error" in sample) throw new Error(`"${name}" failed: ${sample.error}`);
  return sample.usPerRecord;
}

function has(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
