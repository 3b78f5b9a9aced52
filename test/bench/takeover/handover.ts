// The suite "handover": for how long nobody reads a shard when a worker gives it to another one, because that one has
// just come, or because it is told to stop; ours and the KCL's. Real processes over sockets, with the emulator, dynalite, and
// the defaults of everybody; each sample is the slowest shard of a round. The KCL levels a fleet out when it comes to it:
// how long that takes is not counted, only how long each shard that moves has no reader.
import { SideFigures } from "../side-figures.ts";
import type { Comparison } from "../suite.ts";
import type { Fleet } from "./fleet.ts";
import { FLEETS, onStages, secondsOf, type Stage } from "./stages.ts";
import { shareAll, timeToOthersMs, welcome } from "./third-worker.ts";

/** The goals on handing over. */
export function handover(): AsyncGenerator<Comparison> {
  return onStages(FLEETS, 0, plannedChanges);
}

/** Of a worker that comes and goes, in ms. */
interface Visit {
  readonly handoffMs: number;
  readonly releaseMs: number;
}

function* plannedChanges(stages: readonly Stage[]): Generator<Comparison> {
  const visits = new SideFigures<Visit>();
  yield secondsOf(stages, {
    id: "handover.handoff",
    title: "planned handoff: from the last record at the old worker to the first at the new",
    must: 2,
    stretch: 1,
    check: () => shareAll(stages),
    sample: async ({ fleet, kind }) => (await visits.take(kind, () => visit(fleet))).handoffMs,
  });
  yield secondsOf(stages, {
    id: "handover.release",
    title: "a worker stops: until others handle records of all its shards",
    must: 2,
    stretch: 1.5,
    sample: async ({ kind }) => visits.next(kind).releaseMs,
  });
}

async function visit(fleet: Fleet): Promise<Visit> {
  const { gapMs: handoffMs, newcomer } = await welcome(fleet);
  return {
    handoffMs,
    releaseMs: await timeToOthersMs(fleet, newcomer, () => fleet.stop(newcomer)),
  };
}
