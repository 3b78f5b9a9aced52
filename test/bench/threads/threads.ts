// The suite "threads": one shard whose handler does nothing but compute, and fetching and decoding on its thread, as the
// consumer has it, or on another one. Where the handler's thread is busy all the time, its processor time is what limits the
// shard; it is told from what else the machine does (Linux alone tells it).
import type { EndpointPorts } from "../consumer/endpoint-process.ts";
import { type Load, LOADS } from "../consumer/load.ts";
import { HelperProcess } from "../producer/helper-process.ts";
import type { Comparison } from "../suite.ts";
import { calibratedStepsPerUs } from "./computation.ts";
import type { HandlerArgument, HandlerTask, HandlerTime } from "./handler-process.ts";
import { WAYS, type Way } from "./ways.ts";

/** What the handler computes for each record. */
const HANDLERS_US = [0, 20, 50, 100];

/** There are no goals: it is what the decision on worker threads rests on. */
export async function* threads(): AsyncGenerator<Comparison> {
  for (const load of [LOADS.second, LOADS.second1kb]) yield* comparisonsOf(load);
}

async function* comparisonsOf(load: Load): AsyncGenerator<Comparison> {
  await using endpoint = await HelperProcess.start<EndpointPorts, never>(
    "../consumer/endpoint-process.js",
    load.id,
  );
  const shared = { load: load.id, ports: endpoint.ready, stepsPerUs: calibratedStepsPerUs() };
  const contestants = new Map<Way, Contestant>();
  try {
    for (const way of WAYS) contestants.set(way, await start({ ...shared, way }));
    yield comparison(contestants, 0, {
      title: `${load.title}: fetched and decoded on all threads, for a handler that does nothing`,
      unit: "µs of CPU per record",
      costOf: ({ processUs }) => processUs,
    });
    for (const handlerUs of HANDLERS_US) {
      yield comparison(contestants, handlerUs, {
        title: `${load.title}: the thread of a handler that computes for ${handlerUs} µs a record`,
        unit: "µs of CPU per record",
        costOf: ({ threadUs }) => threadUs,
      });
    }
  } finally {
    for (const contestant of contestants.values()) await contestant[Symbol.asyncDispose]();
  }
}

type Contestant = HelperProcess<"ready", HandlerTime>;

function start(argument: HandlerArgument): Promise<Contestant> {
  return HelperProcess.start("../threads/handler-process.js", argument);
}

function comparison(
  contestants: ReadonlyMap<Way, Contestant>,
  handlerUs: number,
  {
    costOf,
    title,
    unit,
  }: Pick<Comparison, "title" | "unit"> & {
    readonly costOf: (time: HandlerTime) => number;
  },
): Comparison {
  const task: HandlerTask = { handlerUs };
  return {
    title,
    unit,
    variants: [...contestants].map(([name, contestant]) => ({
      name,
      role: "ours" as const,
      sample: async () => costOf(await contestant.ask(task)),
    })),
    goals: [],
    // Every answer is counted.
    check: () => {},
  };
}
