// Looks for a smaller world that breaks the same invariant: fewer processes, fewer shards, fewer faults. Anything that is
// left out changes everything that is drawn after it, so each smaller world is tried with several seeds.
import { ONE_AT_A_TIME } from "./fleet/concurrency-odds.ts";
import { NO_SURGE } from "./fleet/producer-odds.ts";
import { AMPLE_BYTES, type Odds, patchOdds, type OddsPatch } from "./odds.ts";
import type { Outcome } from "./run-world.ts";
import type { WorldPlan } from "./world.ts";

const SEEDS_PER_TRY = 5;
/** The time of a reshard that takes none. */
const AT_ONCE_MS = 1;
const NEVER = Number.POSITIVE_INFINITY;
const HANDLER_FAULTS = [
  "throws",
  "hangs",
  "slow",
  "stopsShort",
  "checkpoints",
  "lateCheckpoints",
  "prepares",
  "forgets",
  "refusedCheckpoints",
  "sinkFails",
] as const;
/** What producers do now and then, and need not do. */
const PRODUCER_HABITS = [
  "huge",
  "recordBytes",
  "explicitKeys",
  "written",
  "putMany",
  "aborted",
] as const;

const PUSH_TIMES = ["deregisteredMs", "cutMs", "cutCleanMs", "silentMs"] as const;
const PUSH_CHANCES = [
  "heldUp",
  "throttled",
  "endedEarly",
  "failed",
  "takenOver",
  "fallsSilent",
  "withoutHeartbeats",
  "staleContinuation",
] as const;

/** A world that breaks. */
export interface Broken {
  readonly seed: number;
  readonly odds: Odds;
}

/** What could be left out, one after the other: each is kept if the world still breaks without it. */
export function smallerOdds(odds: Odds): OddsPatch[] {
  const {
    fleet,
    handlers,
    incidents,
    kcl,
    kinesis,
    network,
    producers,
    push,
    reading,
    recreation,
    streams,
    table,
    wire,
  } = odds;
  const halves = (value: number, least: number): number[] =>
    value > least ? [least, Math.max(least, Math.floor(value / 2))] : [];
  const without = <Group extends keyof Odds>(
    group: Group,
    values: Odds[Group],
    none: number,
    names: readonly (keyof Odds[Group])[],
  ): OddsPatch[] =>
    names
      .filter((name) => values[name] !== none)
      .map((name) => ({ [group]: { [name]: none } }) as OddsPatch);
  return [
    ...halves(fleet.workers, 1).map((workers) => ({ fleet: { workers } })),
    ...halves(streams.streams, 1).map((count) => ({ streams: { streams: count } })),
    ...halves(kcl.workers, 0).map((workers) => ({ kcl: { workers } })),
    ...halves(producers.producers, 1).map((count) => ({ producers: { producers: count } })),
    ...halves(kinesis.shards, 1).map((shards) => ({ kinesis: { shards } })),
    ...halves(producers.putsPerSecond, 1).map((perSecond) => ({
      producers: { putsPerSecond: perSecond },
    })),
    ...unusual(odds),
    ...without("producers", producers, 0, PRODUCER_HABITS),
    ...without("recreation", recreation, NEVER, ["everyMs"]),
    ...without("streams", streams, NEVER, ["removedMs", "deleteAfterMs", "troubleMs"]),
    ...without("streams", streams, 0, ["addedAfterMs", "failedAnswer", "shortAnswer"]),
    ...without("reading", reading, AMPLE_BYTES, ["bufferedBytes"]),
    ...without("incidents", incidents, NEVER, keysOf(incidents)),
    ...without("network", network, 0, keysOf(network)),
    ...without("wire", wire, 0, ["brokenConnection", "spoiltAnswer", "errorPage"]),
    ...(wire.form === "none" ? [] : [{ wire: { form: "none" as const } }]),
    ...without("push", push, NEVER, PUSH_TIMES),
    ...without("push", push, 0, PUSH_CHANCES),
    ...without("push", push, AT_ONCE_MS, ["consumerMs"]),
    ...without("table", table, 0, keysOf(table)),
    ...without("handlers", handlers, 0, HANDLER_FAULTS),
    ...without("fleet", fleet, 0, ["maxDrift", "maxWallSkewMs", "keepsName"]),
    ...without("kinesis", kinesis, 0, [
      "refusedCarrier",
      "throttledRead",
      "sparseRead",
      "internalFailure",
      "staleListing",
    ]),
    ...without("kinesis", kinesis, AT_ONCE_MS, ["updateMs"]),
  ];
}

/** What a usual world has not, and is said in other words than numbers. */
function unusual({ application, concurrency, handlers, producers, reading }: Odds): OddsPatch[] {
  const isOneByOne = concurrency.ordering === "shard" && concurrency.by === "processBatch";
  const { options, surge } = producers;
  const hasSmallBuffer = Object.keys(options.buffer).length > 0;
  return [
    ...(surge.records > 0 ? [{ producers: { surge: NO_SURGE } }] : []),
    ...(hasSmallBuffer ? [{ producers: { options: { ...options, buffer: {} } } }] : []),
    ...(isOneByOne ? [] : [{ concurrency: ONE_AT_A_TIME }]),
    ...(handlers.poison === "none" ? [] : [{ handlers: { poison: "none" as const } }]),
    ...(handlers.checkpointing === "auto"
      ? []
      : [{ handlers: { checkpointing: "auto" as const } }]),
    ...(reading.mode === "polling" ? [] : [{ reading: { mode: "polling" as const } }]),
    ...(application.startAt === "TRIM_HORIZON"
      ? []
      : [{ application: { startAt: "TRIM_HORIZON" as const } }]),
  ];
}

/** Runs a world and tells which checker saw a broken invariant, if any did. */
export type BreaksBy = (plan: WorldPlan) => Promise<string | undefined>;

/** Tries until nothing more can be left out; tells of each success. */
export async function shrink(
  { brokenBy, odds, seed }: Pick<Outcome, "brokenBy" | "odds" | "seed">,
  breaksBy: BreaksBy,
  onSmaller: (without: OddsPatch, smaller: Broken) => void,
): Promise<Broken> {
  let smallest: Broken = { seed, odds };
  for (;;) {
    const next = await smallerThan(smallest, brokenBy, breaksBy);
    if (next === undefined) return smallest;
    smallest = next.broken;
    onSmaller(next.without, smallest);
  }
}

async function smallerThan(
  { odds, seed }: Broken,
  checker: string | undefined,
  breaksBy: BreaksBy,
): Promise<{ readonly broken: Broken; readonly without: OddsPatch } | undefined> {
  for (const without of smallerOdds(odds)) {
    const smaller = patchOdds(odds, without);
    for (let at = seed; at < seed + SEEDS_PER_TRY; at += 1) {
      const by = await breaksBy({ seed: at, odds: smaller });
      if (by !== undefined && by === checker) {
        return { broken: { seed: at, odds: smaller }, without };
      }
    }
  }
  return undefined;
}

function keysOf<Group extends object>(values: Group): (keyof Group)[] {
  return Object.keys(values) as (keyof Group)[];
}
