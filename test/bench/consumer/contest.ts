// Compares variants on one kind of answer, each in a process of its own, all of them against one endpoint: first what an
// answer costs, and then for how long reading held everything else up meanwhile.
import { HelperProcess } from "../producer/helper-process.ts";
import type { Comparison, Goal } from "../suite.ts";
import type { EndpointPorts } from "./endpoint-process.ts";
import { type Load } from "./load.ts";
import type { ReaderArgument, Sample } from "./reader-process.ts";
import { VARIANTS, type VariantName } from "./variants.ts";

/** Who competes at what. */
interface Contest {
  readonly load: Load;
  readonly names: readonly VariantName[];
  readonly goals: readonly Goal[];
  /** On the longest stall of each sample; not looked at without any. */
  readonly stallGoals: readonly Goal[];
}

/** One or two comparisons; their processes live as long as the first one. */
export async function* contest({
  goals,
  load,
  names,
  stallGoals,
}: Contest): AsyncGenerator<Comparison> {
  await using endpoint = await HelperProcess.start<EndpointPorts, never>(
    "../consumer/endpoint-process.js",
    load.id,
  );
  const contestants: Contestant[] = [];
  try {
    for (const name of names) contestants.push(await start(name, load, endpoint.ready));
    yield {
      title: `GetRecords, ${load.title}`,
      unit: "µs of CPU per answer",
      variants: contestants.map((contestant) => ({
        ...aboutOf(contestant),
        sample: () => cpuOf(contestant),
      })),
      goals,
      // Every answer is checked.
      check: () => {},
    };
  } finally {
    for (const { reader } of contestants) await reader[Symbol.asyncDispose]();
  }
  if (stallGoals.length === 0) return;
  yield {
    title: `GetRecords, ${load.title}: longest stall of the event loop in a sample`,
    unit: "ms",
    variants: contestants.map((contestant) => ({
      ...aboutOf(contestant),
      sample: () => contestant.stallsMs.shift() ?? Number.NaN,
    })),
    goals: stallGoals,
    check: () => {},
  };
}

interface Contestant {
  readonly name: VariantName;
  readonly reader: HelperProcess<"ready", Sample>;
  /** Of the samples taken so far. */
  readonly stallsMs: number[];
}

async function start(name: VariantName, { id }: Load, ports: EndpointPorts): Promise<Contestant> {
  const argument: ReaderArgument = { variant: name, load: id, ports };
  const reader = await HelperProcess.start<"ready", Sample>(
    "../consumer/reader-process.js",
    argument,
  );
  return { name, reader, stallsMs: [] };
}

function aboutOf({ name }: Contestant): Pick<Comparison["variants"][number], "name" | "role"> {
  return { name, role: VARIANTS[name].role };
}

async function cpuOf({ name, reader, stallsMs }: Contestant): Promise<number> {
  const sample = await reader.ask();
  if ("error" in sample) throw new Error(`"${name}" failed: ${sample.error}`);
  stallsMs.push(sample.longestStallMs);
  return sample.cpuPerAnswerUs;
}
