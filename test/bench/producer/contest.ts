// Compares variants on one kind of traffic: each in a process of its own, all of them against one endpoint.
import type { Spent } from "../cpu-time.ts";
import { SideFigures } from "../side-figures.ts";
import type { Comparison, Goal } from "../suite.ts";
import { Endpoint, type Transport } from "./endpoint.ts";
import { HelperProcess } from "./helper-process.ts";
import { KplRunner } from "./kpl-runner.ts";
import type { LoadArgument, Sample } from "./load-process.ts";
import type { Traffic } from "./traffic.ts";
import { VARIANTS, type VariantName } from "./variants.ts";

/** Who competes at what. */
interface Contest {
  readonly traffic: Traffic;
  readonly transport: Transport;
  readonly names: readonly VariantName[];
  readonly goals: readonly Goal[];
}

/** What most people will call, beside the cheapest. */
const ALSO: VariantName = "put(), 40k";

/** By the processor, and over TLS by the clock as well; the processes live as long as the comparisons do. */
export async function* contest(what: Contest): AsyncGenerator<Comparison> {
  const { goals, names, traffic, transport } = what;
  await using endpoint = await Endpoint.start();
  const runners = await Promise.all(names.map((name) => start(name, what, endpoint)));
  const figures = new SideFigures<Spent>();
  const title = `put${transport === "tls" ? " over TLS" : ""}, ${traffic.title}, 16 shards`;
  try {
    yield {
      title,
      unit: "µs of CPU per record",
      also: names.filter((name) => name === ALSO),
      variants: names.map((name, i) => ({
        name,
        role: VARIANTS[name].role,
        sample: async () => {
          const spent = await figures.take(name, () => sampleOf(runners[i] as Runner, name));
          return spent.cpuUs;
        },
      })),
      goals: goals.filter(({ of, against = of }) => has(names, of) && has(names, against)),
      // Every sample checks what it put.
      check: () => {},
    };
    if (transport === "plain") return;
    yield {
      title: `${title}, by the clock`,
      unit: "µs per record",
      perSecond: "records",
      also: names.filter((name) => name === ALSO),
      variants: names.map((name) => ({
        name,
        role: VARIANTS[name].role,
        sample: () => figures.next(name).wallUs,
      })),
      goals: [],
      check: () => {},
    };
  } finally {
    for (const runner of runners) await runner[Symbol.asyncDispose]();
  }
}

/** Puts for a while, and answers what that took. */
interface Runner extends AsyncDisposable {
  ask(): Promise<Sample>;
}

function start(
  name: VariantName,
  { traffic, transport }: Contest,
  endpoint: Endpoint,
): Promise<Runner> {
  const variant = VARIANTS[name];
  if ("kpl" in variant) return KplRunner.start(endpoint, traffic, variant.kpl);
  const argument: LoadArgument = {
    variant: name,
    traffic: traffic.id,
    endpoint: endpoint.url(transport),
  };
  return HelperProcess.start<"ready", Sample>("load-process.js", argument, endpoint.env);
}

async function sampleOf(runner: Runner, name: VariantName): Promise<Spent> {
  const sample = await runner.ask();
  if ("error" in sample) throw new Error(`"${name}" failed: ${sample.error}`);
  return sample;
}

function has(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
