// The suite "takeover": for how long nobody reads a shard when its worker changes, and how soon a worker that starts
// has its first record. Real processes over sockets, with the emulator, dynalite, and a consumer's defaults; each sample
// is the slowest shard of a round.
import type { EmulatorClientConfig } from "@shardline/emulator";
import { HelperProcess } from "../producer/helper-process.ts";
import type { Comparison } from "../suite.ts";
import { Fleet, type Handled, type Worker } from "./fleet.ts";
import { SHARDS, type StreamTask } from "./messages.ts";
import { Traffic } from "./traffic.ts";

const SECOND_MS = 1000;
/** Of each call, to and fro. */
const LATENCY_MS = 20;
const AT_MOST = { direction: "lower" } as const;

/** The goals on handing over, taking over and starting. */
export async function* takeover(): AsyncGenerator<Comparison> {
  yield* changesOfOwner();
  yield* starts();
}

/** Two workers share the stream; a third comes, gets its share, and leaves in one way or another. */
async function* changesOfOwner(): AsyncGenerator<Comparison> {
  await using stream = await startStream({ latencyMs: 0 });
  await using _ = new Traffic(stream.ready);
  await using fleet = new Fleet(stream.ready);
  for (let i = 0; i < 2; i += 1) fleet.start();
  const check = () => fleet.until("two workers share the stream", () => isShared(fleet, 2));
  const releases: number[] = [];
  yield secondsOf(
    "planned handoff: from the last record at the old worker to the first at the new",
    {
      id: "takeover.handoff",
      must: 2,
      stretch: 1,
      check,
      sample: async () => {
        const { gapMs, newcomer } = await welcome(fleet);
        releases.push(await timeToOthersMs(fleet, newcomer, () => fleet.stop(newcomer)));
        return gapMs;
      },
    },
  );
  yield secondsOf("a worker stops: until others handle records of all its shards", {
    id: "takeover.release",
    must: 2,
    stretch: 1.5,
    check,
    sample: async () => releases.shift() ?? Number.NaN,
  });
  yield secondsOf("SIGKILL, failover time 10 s: until others handle records of all its shards", {
    id: "takeover.crash",
    must: 13,
    stretch: 11,
    check,
    sample: async () => {
      const { newcomer } = await welcome(fleet);
      return timeToOthersMs(fleet, newcomer, () => fleet.kill(newcomer));
    },
  });
}

/** One worker after the other, each alone; the table is there, and nobody has the leases. */
async function* starts(): AsyncGenerator<Comparison> {
  await using stream = await startStream({ latencyMs: LATENCY_MS });
  await using _ = new Traffic(stream.ready);
  await using fleet = new Fleet(stream.ready);
  const startMs = async (): Promise<number> => {
    const worker = fleet.start();
    await fleet.until("a worker handles records", () => fleet.handled.length > 0);
    fleet.stop(worker);
    await fleet.until("the worker has stopped", () => fleet.counts.length === 0);
    const [first] = await fleet.takeHandled();
    return (first?.atMs ?? Number.NaN) - (worker.ranAtMs ?? Number.NaN);
  };
  yield secondsOf(`start: from run() to the first record, calls take ${LATENCY_MS} ms`, {
    id: "start.record",
    must: 1,
    stretch: 0.3,
    // Creates the table.
    check: async () => void (await startMs()),
    sample: startMs,
  });
}

interface Timing {
  readonly id: string;
  readonly must: number;
  readonly stretch: number;
  readonly check: () => Promise<void>;
  /** In ms. */
  readonly sample: () => Promise<number>;
}

function secondsOf(title: string, { check, id, must, sample, stretch }: Timing): Comparison {
  const name = "slowest shard";
  return {
    title,
    check,
    unit: "s",
    variants: [{ name, role: "ours", sample: async () => (await sample()) / SECOND_MS }],
    goals: [{ ...AT_MOST, id, what: title, of: name, must, stretch }],
  };
}

function startStream(task: StreamTask): Promise<HelperProcess<EmulatorClientConfig, never>> {
  return HelperProcess.start("../takeover/stream-process.js", task);
}

function isShared({ counts }: Fleet, workers: number): boolean {
  return counts.length === workers && counts.every((count) => count === SHARDS / workers);
}

/** A third worker comes, and is handed its share: the gap is the longest of its shards. */
async function welcome(
  fleet: Fleet,
): Promise<{ readonly gapMs: number; readonly newcomer: Worker }> {
  await fleet.until("two workers share the stream", () => isShared(fleet, 2));
  await fleet.takeHandled();
  const newcomer = fleet.start();
  await fleet.until("a third has its share", () => {
    const isAtWork = [...newcomer.held].every((shardId) =>
      fleet.handled.some((one) => one.worker === newcomer && one.shardId === shardId),
    );
    return isShared(fleet, 3) && isAtWork;
  });
  const handled = await fleet.takeHandled();
  const gapsMs = [...newcomer.held].map((shardId) => {
    const here = handled.filter((one) => one.shardId === shardId);
    return timeOf(here.find(isBy(newcomer))) - timeOf(here.findLast((one) => !isBy(newcomer)(one)));
  });
  return { newcomer, gapMs: Math.max(...gapsMs) };
}

/** Until others handle records of every shard that a worker had. */
async function timeToOthersMs(fleet: Fleet, worker: Worker, end: () => number): Promise<number> {
  const shardIds = [...worker.held];
  const endedAtMs = end();
  const firstOf = (shardId: string, handled: readonly Handled[]): Handled | undefined =>
    handled.find((one) => one.shardId === shardId && one.worker !== worker && one.atMs > endedAtMs);
  await fleet.until("others read on", () =>
    shardIds.every((shardId) => firstOf(shardId, fleet.handled) !== undefined),
  );
  const handled = await fleet.takeHandled();
  return Math.max(...shardIds.map((shardId) => timeOf(firstOf(shardId, handled)))) - endedAtMs;
}

function isBy(worker: Worker): (one: Handled) => boolean {
  return (one) => one.worker === worker;
}

function timeOf(one: Handled | undefined): number {
  return one?.atMs ?? Number.NaN;
}
