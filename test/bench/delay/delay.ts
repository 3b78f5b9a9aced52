// The suite "delay": from the put of a record to its handler, on a stream that is idle otherwise, by polling and by
// subscriptions, with one application and with five side by side in one process. The emulator is a process of its own, over
// sockets. All workers are at work all the time, each kind on a stream of its own, and beside them bare reads; puts go round
// among the streams. All that poll are told the same pause; left alone, ours and the KCL 2.7 read a shard once a second, the
// KCL 3.5 every 1.5 s.
import { median, percentile } from "../statistics.ts";
import type { Comparison, Goal } from "../suite.ts";
import { presentKinds, roleOf, type WorkerKind } from "../workers/worker-kinds.ts";
import { Listeners } from "./listeners.ts";

/** Who reads how. */
export interface Case {
  readonly id: string;
  readonly title: string;
  readonly read: "polling" | "fan-out";
  readonly idleMs: number;
  readonly applications: number;
  readonly kinds: readonly WorkerKind[];
  readonly goal: Pick<Goal, "must" | "stretch"> | undefined;
}

/** lifion-kinesis gets nothing from the emulator by subscriptions. */
const SUBSCRIBERS: readonly WorkerKind[] = ["ours", "bare reads", "KCL 3.5", "KCL 2.7"];
const EVERYBODY: readonly WorkerKind[] = [...SUBSCRIBERS, "lifion"];

/** Kinesis allows five reads of a shard a second, so that five applications that poll read it once a second each. */
const CASES: readonly Case[] = [
  {
    id: "delay.fan-out.1",
    title: "put to handler, fan-out, 1 application",
    read: "fan-out",
    idleMs: 1000,
    applications: 1,
    kinds: SUBSCRIBERS,
    goal: { must: 20, stretch: 10 },
  },
  {
    id: "delay.fan-out.5",
    title: "put to handler, fan-out, 5 applications",
    read: "fan-out",
    idleMs: 1000,
    applications: 5,
    kinds: SUBSCRIBERS,
    goal: { must: 20, stretch: 10 },
  },
  {
    id: "delay.polling.1",
    title: "put to handler, polling every 400 ms, 1 application",
    read: "polling",
    idleMs: 400,
    applications: 1,
    kinds: EVERYBODY,
    goal: { must: 250, stretch: 220 },
  },
  {
    id: "delay.polling.5",
    title: "put to handler, polling every second, 5 applications",
    read: "polling",
    idleMs: 1000,
    applications: 5,
    kinds: EVERYBODY,
    goal: undefined,
  },
];

/** The goals on how soon a record reaches its handler. */
export async function* delay(): AsyncGenerator<Comparison> {
  for (const each of CASES) yield* compare(each);
}

async function* compare(what: Case): AsyncGenerator<Comparison> {
  const { goal, id, title } = what;
  const kinds = presentKinds(what.kinds);
  const slowest = new Map<WorkerKind, number[]>(kinds.map((kind) => [kind, []]));
  await using listeners = await Listeners.start(kinds, what);
  const sample = async (kind: WorkerKind): Promise<number> => {
    const delaysMs = await listeners.delaysOf(kind);
    slowest.get(kind)?.push(percentile(delaysMs, 99));
    return median(delaysMs);
  };
  yield {
    title: `${title}: p50`,
    unit: "ms",
    check: () => listeners.untilAllHear(),
    variants: kinds.map((kind) => ({
      name: kind,
      role: roleOf(kind),
      sample: () => sample(kind),
    })),
    goals:
      goal === undefined
        ? []
        : [{ id, what: "p50 of ours", of: "ours", direction: "lower", ...goal }],
  };
  yield {
    title: `${title}: p99`,
    unit: "ms",
    check: () => {},
    variants: kinds.map((kind) => ({
      name: kind,
      role: roleOf(kind),
      sample: () => slowest.get(kind)?.shift() ?? Number.NaN,
    })),
    goals: [],
  };
}
