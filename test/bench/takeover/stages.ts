// A stage for each kind of worker: a stream with traffic, a lease table, and a fleet; and what is timed on all of them.
import type { EmulatorClientConfig } from "@shardline/emulator";
import { HelperProcess } from "../producer/helper-process.ts";
import type { Comparison, Goal } from "../suite.ts";
import { presentKinds, roleOf, type WorkerKind } from "../workers/worker-kinds.ts";
import { Fleet } from "./fleet.ts";
import type { StreamTask } from "./messages.ts";
import { Traffic } from "./traffic.ts";

const SECOND_MS = 1000;
/** Some of the KCL's samples take minutes. */
const MAX_ROUNDS = 5;

/** Whose leases go from worker to worker. */
export const FLEETS: readonly WorkerKind[] = ["ours", "KCL 3.5", "KCL 2.7"];

/** Where the workers of one kind are at work. */
export interface Stage {
  readonly kind: WorkerKind;
  readonly fleet: Fleet;
}

type Play = (stages: readonly Stage[]) => Iterable<Comparison>;

/** Sets up a stream with traffic and a fleet for each kind that is here, and takes them down in the end. */
export async function* onStages(
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

/** What is timed. */
interface Timing extends Pick<Goal, "id" | "must" | "stretch"> {
  readonly title: string;
  readonly check?: Comparison["check"];
  /** In ms. */
  readonly sample: (stage: Stage) => Promise<number>;
}

/** A comparison of all stages. */
export function secondsOf(
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
    goals: [{ id, what: "time of ours", of: "ours", direction: "lower", must, stretch }],
  };
}
