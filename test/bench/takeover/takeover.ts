// The suite "takeover": for how long nobody reads a shard when its worker changes, and how soon a worker that starts
// has its first record; ours and the KCL's. Real processes over sockets, with the emulator, dynalite, and the defaults of
// everybody, which are the same failover time; each sample is the slowest shard of a round. The KCL levels a fleet out when
// it comes to it: how long that takes is not counted, only how long each shard that moves has no reader.
import type { EmulatorClientConfig } from "@shardline/emulator";
import { HelperProcess } from "../producer/helper-process.ts";
import type { Comparison, Goal } from "../suite.ts";
import { presentKinds, roleOf, type WorkerKind } from "../workers/worker-kinds.ts";
import { Fleet, type Handled, type Worker } from "./fleet.ts";
import { SHARDS, type StreamTask } from "./messages.ts";
import { Traffic } from "./traffic.ts";

const SECOND_MS = 1000;
/** Of each call, to and fro. */
const LATENCY_MS = 20;
/** Some of the KCL's samples take minutes. */
const MAX_ROUNDS = 5;
const FLEETS: readonly WorkerKind[] = ["ours", "KCL 3.5", "KCL 2.7"];
const STARTERS: readonly WorkerKind[] = [...FLEETS, "lifion"];

/** The goals on handing over, taking over and starting. */
export async function* takeover(): AsyncGenerator<Comparison> {
  yield* onStages(FLEETS, 0, changesOfOwner);
  yield* onStages(STARTERS, LATENCY_MS, starts);
}

/** Where the workers of one kind are at work. */
interface Stage {
  readonly kind: WorkerKind;
  readonly fleet: Fleet;
}

type Play = (stages: readonly Stage[]) => Iterable<Comparison>;

/** Sets up a stream with traffic and a fleet for each kind that is here, and takes them down in the end. */
async function* onStages(
  among: readonly WorkerKind[],
  latencyMs: number,
  play: Play,
): AsyncGenerator<Comparison> {
  const stages: Stage[] = [];
  const open: AsyncDisposable[] = [];
  const task: StreamTask = { latencyMs };
  try {
    for (const kind of presentKinds(among)) {
      const stream = await HelperProcess.start<EmulatorClientConfig, never>(
        "../takeover/stream-process.js",
        task,
      );
      open.push(stream, new Traffic(stream.ready));
      const fleet = await Fleet.found(kind, stream.ready);
      open.push(fleet);
      stages.push({ kind, fleet });
    }
    yield* play(stages);
  } finally {
    for (const one of open.reverse()) await one[Symbol.asyncDispose]();
  }
}

/** What a change of owner came to, by whose it is. */
class Changes {
  readonly #kept = new Map<WorkerKind, number[]>();

  keep(kind: WorkerKind, ms: number): void {
    this.#kept.set(kind, [...(this.#kept.get(kind) ?? []), ms]);
  }

  next(kind: WorkerKind): number {
    return this.#kept.get(kind)?.shift() ?? Number.NaN;
  }
}

/** Two workers share the stream; a third comes, gets its share, and leaves in one way or another. */
function* changesOfOwner(stages: readonly Stage[]): Generator<Comparison> {
  const releases = new Changes();
  const check = async (): Promise<void> => {
    await Promise.all(stages.map(({ fleet }) => share(fleet)));
  };
  yield secondsOf(stages, {
    id: "takeover.handoff",
    title: "planned handoff: from the last record at the old worker to the first at the new",
    must: 2,
    stretch: 1,
    check,
    sample: async ({ fleet, kind }) => {
      const { gapMs, newcomer } = await welcome(fleet);
      releases.keep(kind, await timeToOthersMs(fleet, newcomer, () => fleet.stop(newcomer)));
      return gapMs;
    },
  });
  yield secondsOf(stages, {
    id: "takeover.release",
    title: "a worker stops: until others handle records of all its shards",
    must: 2,
    stretch: 1.5,
    sample: async ({ kind }) => releases.next(kind),
  });
  yield secondsOf(stages, {
    id: "takeover.crash",
    title: "SIGKILL, failover time 10 s: until others handle records of all its shards",
    must: 13,
    stretch: 11,
    sample: async ({ fleet }) => {
      const { newcomer } = await welcome(fleet);
      return timeToOthersMs(fleet, newcomer, () => fleet.kill(newcomer));
    },
  });
}

/** One worker after the other, each alone; the table is there, and nobody has the leases. */
function* starts(stages: readonly Stage[]): Generator<Comparison> {
  const sample = async ({ fleet }: Stage): Promise<number> => {
    const worker = await fleet.start();
    await fleet.until("a worker handles records", () => fleet.handled.length > 0);
    fleet.stop(worker);
    await fleet.until("the worker has stopped", () => fleet.counts.length === 0);
    const [first] = await fleet.takeHandled();
    return (first?.atMs ?? Number.NaN) - worker.ranAtMs;
  };
  yield secondsOf(stages, {
    id: "start.record",
    title: `start: from run() to the first record, calls take ${LATENCY_MS} ms`,
    must: 1,
    stretch: 0.3,
    // Creates the leases.
    check: async () => {
      await Promise.all(stages.map(sample));
    },
    sample,
  });
}

interface Timing extends Pick<Goal, "id" | "must" | "stretch"> {
  readonly title: string;
  readonly check?: Comparison["check"];
  /** In ms. */
  readonly sample: (stage: Stage) => Promise<number>;
}

function secondsOf(
  stages: readonly Stage[],
  { check = () => {}, id, must, sample, stretch, title }: Timing,
): Comparison {
  return {
    title,
    check,
    unit: "s, slowest shard",
    maxRounds: stages.length > 1 ? MAX_ROUNDS : Number.POSITIVE_INFINITY,
    variants: stages.map((stage) => ({
      name: stage.kind,
      role: roleOf(stage.kind),
      sample: async () => (await sample(stage)) / SECOND_MS,
    })),
    goals: [{ id, what: title, of: "ours", direction: "lower", must, stretch }],
  };
}

/** Two workers share the stream. */
async function share(fleet: Fleet): Promise<void> {
  while (fleet.counts.length < 2) await fleet.start();
  await untilShared(fleet);
}

function untilShared(fleet: Fleet): Promise<void> {
  return fleet.until("two workers share the stream", () => isShared(fleet, 2));
}

function isShared({ counts }: Fleet, workers: number): boolean {
  return counts.length === workers && counts.every((count) => count === SHARDS / workers);
}

interface Welcome {
  readonly newcomer: Worker;
  /** The longest for which records of a shard were handled by neither. */
  readonly gapMs: number;
}

/** A third worker comes, and is handed its share. */
async function welcome(fleet: Fleet): Promise<Welcome> {
  await untilShared(fleet);
  await fleet.takeHandled();
  const newcomer = await fleet.start();
  const isAtWork = (shardId: string): boolean =>
    fleet.handled.some((one) => one.worker === newcomer && one.shardId === shardId);
  await fleet.until("a third has its share", () => {
    return isShared(fleet, 3) && [...newcomer.held].every(isAtWork);
  });
  const handled = await fleet.takeHandled();
  const gapsMs = [...newcomer.held].map((shardId) => {
    const here = handled.filter((one) => one.shardId === shardId);
    const first = timeOf(here.find(isBy(newcomer)));
    return first - timeOf(here.findLast((one) => !isBy(newcomer)(one) && one.atMs < first));
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
