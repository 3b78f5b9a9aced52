// What goes wrong at the services: for each fault its name, and the emulator's rule. Kinesis first, then the lease table;
// what befalls subscriptions alone is in subscription-faults.ts.
import type { FaultEffect, FaultMatch, FaultRule } from "@shardline/emulator";

/** A fault of a service, as the report names it. */
export interface ServiceFault {
  readonly name: string;
  /** The rule, for calls that it strikes with some probability. */
  ruleAt(probability: number): FaultRule;
  /** Of calls: from the least to the most. */
  readonly odds: { readonly least: number; readonly most: number };
}

const PUTS = ["PutRecords"];
const CONSUMERS = ["DescribeStreamConsumer", "RegisterStreamConsumer"];
const READS = ["GetRecords", "GetShardIterator"];
const WRITES = ["PutItem", "UpdateItem", "DeleteItem"];
/** A worker that does not get to see its table at the start gives up after some tries; the run starts it again. */
const TABLE_CALLS = [...WRITES, "GetItem", "Scan", "DescribeTable", "CreateTable"];
const LISTINGS = ["ListShards"];
/** All but those of the run itself, which reshards. */
const CALLS = [...PUTS, ...READS, ...LISTINGS, ...CONSUMERS, "DescribeStreamSummary"];

const OFTEN = { least: 0.3, most: 0.8 };
const AT_TIMES = { least: 0.1, most: 0.4 };
/** What keeps a caller waiting until it gives up: more of it, and nothing else would happen. */
const RARELY = { least: 0.03, most: 0.1 };
const ALWAYS = { least: 1, most: 1 };

/** Some answers and some calls take longer than clients wait. */
const TOO_LATE = { min: 500, max: 8000 };
const SLOW = { median: 100, sigma: 1 };
/** The service's clock goes wrong by more than signatures may. */
const SKEW_MS = 600_000;
const STALE_MS = 10_000;

export const KINESIS_FAULTS: readonly ServiceFault[] = [
  kinesis("entries throttled", { kind: "throttle", share: 0.5 }, PUTS, OFTEN),
  kinesis("entries failed", { kind: "failRecords", fraction: 0.5 }, PUTS, OFTEN),
  kinesis("puts throttled", { kind: "throttle", as: "exception" }, PUTS, OFTEN),
  kinesis("internal errors", { kind: "error", type: "InternalFailure" }, CALLS, OFTEN),
  kinesis("gateway errors", { kind: "error", status: 502, body: "html" }, CALLS, AT_TIMES),
  kinesis("service unavailable", { kind: "unavailable" }, CALLS, OFTEN),
  kinesis("connections reset", { kind: "reset" }, CALLS, AT_TIMES),
  kinesis("streams reset", { kind: "resetStream" }, CALLS, AT_TIMES),
  kinesis("connections wound up", { kind: "goAway" }, CALLS, AT_TIMES),
  kinesis("answers lost", { kind: "commitThenDrop" }, CALLS, AT_TIMES),
  kinesis("answers never sent", { kind: "commitThenDrop", how: "hang" }, CALLS, RARELY),
  kinesis("answers cut", { kind: "cutBody" }, CALLS, AT_TIMES),
  kinesis("answers spoilt", { kind: "corrupt" }, CALLS, AT_TIMES),
  kinesis("entries missing", { kind: "corrupt", how: "wrongCount" }, PUTS, AT_TIMES),
  kinesis("calls unanswered", { kind: "hang" }, CALLS, RARELY),
  kinesis("slow calls", { kind: "latency", ms: SLOW }, CALLS, OFTEN),
  kinesis("late answers", { kind: "latency", ms: TOO_LATE, when: "after" }, CALLS, RARELY),
  kinesis("late effects", { kind: "latency", ms: TOO_LATE }, CALLS, RARELY),
  kinesis("clock wrong", { kind: "clockSkew", ms: SKEW_MS }, CALLS, ALWAYS),
];

/** Of reads by polling. */
export const POLLING_FAULTS: readonly ServiceFault[] = [
  kinesis("reads throttled", { kind: "throttle" }, READS, OFTEN),
  kinesis("iterators expired", { kind: "expireIterators" }, ["GetRecords"], ALWAYS),
  kinesis("empty pages", { kind: "sparseReads" }, ["GetRecords"], OFTEN),
  kinesis("sparse pages", { kind: "sparseReads", maxRecords: 2 }, ["GetRecords"], OFTEN),
  kinesis("lag told as none", { kind: "iteratorAge", ms: 0 }, ["GetRecords"], OFTEN),
];

/** Comes with a reshard, because any other listing is the same as it was. */
export const STALE_LISTING = kinesis(
  "shards of the past",
  { kind: "staleShardMap", ms: STALE_MS },
  LISTINGS,
  ALWAYS,
);

export const TABLE_FAULTS: readonly ServiceFault[] = [
  table("throttled", { kind: "throttle" }, TABLE_CALLS, { least: 0.3, most: 1 }),
  table("internal errors", { kind: "error", type: "InternalServerError" }, TABLE_CALLS, OFTEN),
  table("unavailable", { kind: "unavailable" }, TABLE_CALLS, OFTEN),
  table("slow calls", { kind: "latency", ms: SLOW }, TABLE_CALLS, OFTEN),
  table("late effects", { kind: "latency", ms: TOO_LATE }, TABLE_CALLS, AT_TIMES),
  table("late answers", { kind: "latency", ms: TOO_LATE, when: "after" }, TABLE_CALLS, AT_TIMES),
  table("answers lost", { kind: "commitThenDrop" }, WRITES, OFTEN),
  table("answers never sent", { kind: "commitThenDrop", how: "hang" }, WRITES, AT_TIMES),
  table("answers cut", { kind: "cutBody" }, TABLE_CALLS, AT_TIMES),
  table("calls unanswered", { kind: "hang" }, TABLE_CALLS, AT_TIMES),
  table("connections reset", { kind: "reset" }, TABLE_CALLS, AT_TIMES),
];

/** A fault of calls to Kinesis. */
export function kinesis(
  what: string,
  effect: FaultEffect,
  operations: readonly string[],
  odds: ServiceFault["odds"],
): ServiceFault {
  return faultOf(`kinesis: ${what}`, effect, { service: "kinesis", operations }, odds);
}

function table(
  what: string,
  effect: FaultEffect,
  operations: readonly string[],
  odds: ServiceFault["odds"],
): ServiceFault {
  return faultOf(`lease table: ${what}`, effect, { service: "dynamodb", operations }, odds);
}

function faultOf(
  name: string,
  effect: FaultEffect,
  match: FaultMatch,
  odds: ServiceFault["odds"],
): ServiceFault {
  return { name, odds, ruleAt: (probability) => ({ effect, match: { ...match, probability } }) };
}
