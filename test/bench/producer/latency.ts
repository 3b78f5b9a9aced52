// The suite "latency": how long a record takes from its put until it is settled, at low load: no call ever waits for
// another one.
import { haveJavaPeers } from "../java-peers.ts";
import { havePeers } from "../peers-folder.ts";
import { SideFigures } from "../side-figures.ts";
import { percentile } from "../statistics.ts";
import type { Comparison } from "../suite.ts";
import { Endpoint } from "./endpoint.ts";
import { HelperProcess } from "./helper-process.ts";
import { startKpl } from "./kpl.ts";
import type { Latencies, LatencyArgument, Pace } from "./latency-messages.ts";
import { LATENCY_WAYS, type LatencyWay, type LatencyWayName } from "./latency-ways.ts";
import { TRAFFICS } from "./traffic.ts";

const PACE: Pace = { records: 300, everyMs: 10 };
const PER_SECOND = 1000 / PACE.everyMs;
const OUTSTANDING = 1000;

/** Half of the records take no longer, or all but one of a hundred. */
const PERCENTS = [50, 99] as const;

/** Who waits for company as it comes, and who is told not to wait, or hardly, or knows no company. */
const GROUPS: readonly (readonly [wait: string, ways: readonly LatencyWayName[]])[] = [
  ["as it comes, 100 ms", ["put()", "ready bytes, HTTP/1.1", "KPL"]],
  [
    "none",
    [
      "put(), maxDelayMs 0",
      "put(), maxDelayMs 5",
      "ready bytes, HTTP/1.1",
      "SDK, PutRecord",
      "SDK, tuned, PutRecord",
      "aws-kinesis-agg and SDK, tuned",
      "lifion-kinesis, putRecord",
      "KPL, RecordMaxBufferedTime 0",
    ],
  ],
];

/** With a wait for other records to share a call with, and without. */
export async function* latency(): AsyncGenerator<Comparison> {
  await using endpoint = await Endpoint.start();
  for (const [wait, ways] of GROUPS) {
    const there = ways.filter(isThere);
    yield* compare(wait, there, endpoint);
  }
}

function isThere(name: LatencyWayName): boolean {
  if (name === "lifion-kinesis, putRecord") return havePeers();
  return "open" in LATENCY_WAYS[name] || haveJavaPeers();
}

/** A comparison for each percentile; the processes live as long as they do. */
async function* compare(
  wait: string,
  names: readonly LatencyWayName[],
  endpoint: Endpoint,
): AsyncGenerator<Comparison> {
  const runners = await Promise.all(names.map((name) => start(name, endpoint)));
  const figures = new SideFigures<readonly number[]>();
  try {
    for (const percent of PERCENTS) {
      yield {
        title: `put to receipt over TLS, ${PER_SECOND} records/s of 100 B, wait for company: ${wait}; p${percent}`,
        unit: "ms",
        variants: names.map((name, i) => ({
          name,
          role: LATENCY_WAYS[name].role,
          sample: async () => {
            const take = (): Promise<readonly number[]> => (runners[i] as Runner).latenciesMs();
            const isFirst = percent === PERCENTS[0];
            return percentile(
              isFirst ? await figures.take(name, take) : figures.next(name),
              percent,
            );
          },
        })),
        goals: [],
        check: () => {},
      };
    }
  } finally {
    for (const runner of runners) await runner[Symbol.asyncDispose]();
  }
}

/** Puts at the pace, and answers how long each record took. */
interface Runner extends AsyncDisposable {
  latenciesMs(): Promise<readonly number[]>;
}

function start(name: LatencyWayName, endpoint: Endpoint): Promise<Runner> {
  const way: LatencyWay = LATENCY_WAYS[name];
  return "open" in way ? startInNode(name, endpoint) : startInJava(way.maxBufferedMs, endpoint);
}

async function startInNode(way: LatencyWayName, endpoint: Endpoint): Promise<Runner> {
  const argument: LatencyArgument = { way, endpoint: endpoint.url("tls") };
  const child = await HelperProcess.start<"ready", Latencies>(
    "latency-process.js",
    argument,
    endpoint.env,
  );
  return {
    latenciesMs: async () => {
      const answer = await child.ask(PACE);
      if ("error" in answer) throw new Error(`"${way}" failed: ${answer.error}`);
      return answer.ms;
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

async function startInJava(maxBufferedMs: number, endpoint: Endpoint): Promise<Runner> {
  const kpl = await startKpl("Latency", endpoint, TRAFFICS.keys20, {
    maxBufferedMs,
    threads: "PER_REQUEST",
    outstanding: OUTSTANDING,
  });
  return {
    latenciesMs: async () => {
      const answer = await kpl.ask(PACE.records, PACE.everyMs);
      return answer.map((us) => Number(us) / 1000);
    },
    [Symbol.asyncDispose]: () => kpl[Symbol.asyncDispose](),
  };
}
