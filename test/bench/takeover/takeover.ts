// The suite "takeover": for how long nobody reads a shard when its worker is killed, and how soon a worker that starts
// reads all of them; ours and the KCL's. Real processes over sockets, with the emulator, dynalite, and the defaults of
// everybody, which are the same failover time; each sample is the slowest shard of a round.
import type { Comparison } from "../suite.ts";
import type { WorkerKind } from "../workers/worker-kinds.ts";
import type { Handled } from "./fleet.ts";
import { SHARDS } from "./messages.ts";
import { FLEETS, onStages, secondsOf, type Stage } from "./stages.ts";
import { shareAll, timeToOthersMs, welcome } from "./third-worker.ts";

/** Of each call, to and fro. */
const LATENCY_MS = 20;
const STARTERS: readonly WorkerKind[] = [...FLEETS, "lifion"];

/** The goals on taking over and starting. */
export async function* takeover(): AsyncGenerator<Comparison> {
  yield* onStages(FLEETS, 0, crashes);
  yield* onStages(STARTERS, LATENCY_MS, starts);
}

function* crashes(stages: readonly Stage[]): Generator<Comparison> {
  yield secondsOf(stages, {
    id: "takeover.crash",
    title: "SIGKILL, failover time 10 s: until others handle records of all its shards",
    must: 13,
    stretch: 11,
    check: () => shareAll(stages),
    sample: async ({ fleet }) => {
      const { newcomer } = await welcome(fleet);
      return timeToOthersMs(fleet, newcomer, () => fleet.kill(newcomer));
    },
  });
}

/** One worker after the other, each alone; the table is there, and says that nobody has the leases. */
function* starts(stages: readonly Stage[]): Generator<Comparison> {
  const sample = async ({ fleet }: Stage): Promise<number> => {
    const worker = await fleet.start();
    await fleet.until("a worker reads all shards", () => firsts(fleet.handled).size === SHARDS);
    fleet.stop(worker);
    await fleet.until("the worker has stopped", () => fleet.counts.length === 0);
    const startedAtMs = Math.max(...firsts(await fleet.takeHandled()).values());
    await fleet.vacate();
    return startedAtMs - worker.ranAtMs;
  };
  yield secondsOf(stages, {
    id: "start.record",
    title: `start: until a worker alone handles records of all shards, calls take ${LATENCY_MS} ms`,
    must: 1,
    stretch: 0.3,
    // Creates the leases.
    check: async () => {
      await Promise.all(stages.map(sample));
    },
    sample,
  });
}

/** When the first record of each shard was handled. */
function firsts(handled: readonly Handled[]): ReadonlyMap<string, number> {
  // Of entries with the same key the last one stays.
  return new Map(handled.toReversed().map(({ atMs, shardId }) => [shardId, atMs]));
}
