// The faults inside Kinesis, as rules of the emulator, and how often they fired. Beside them stand those of its wire, in
// worlds that have one; whatever else hides from a process whether a call took effect is the network's part.
import { isOpen, type KinesisApi, type Shard } from "@shardline/core";
import type { Emulator } from "@shardline/emulator";
import type { KinesisOdds, Odds } from "../odds.ts";
import { chanceRule, type NamedRule } from "./chance-rule.ts";
import type { FaultCounts } from "./fault-counts.ts";
import { pushRulesOf } from "./push-faults.ts";
import { wireRulesOf } from "./wire-faults.ts";

const STALE = "kinesis: shards of the past";
/** What is not armed, but comes now and then. */
const EXPIRED = "kinesis: iterators expired";

/** The same port; listings that show a shard open that is closed are counted as stale. */
export function withStaleListingsCounted(
  kinesis: KinesisApi,
  shardsNow: (stream: string) => readonly Shard[],
  faults: FaultCounts,
): KinesisApi {
  return {
    ...kinesis,
    listShards: async (request, signal) => {
      const answer = await kinesis.listShards(request, signal);
      const shards = shardsNow(request.stream.name);
      const open = new Set(shards.flatMap((shard) => (isOpen(shard) ? shard.shardId : [])));
      const isStale = answer.shards.some((shard) => isOpen(shard) && !open.has(shard.shardId));
      if (isStale) faults.add(STALE);
      return answer;
    },
  };
}

/** Arms them; the returned function disarms them and counts. */
export function armKinesisFaults(
  emulator: Emulator,
  { kinesis, push, wire }: Pick<Odds, "kinesis" | "push" | "wire">,
  faults: FaultCounts,
): () => void {
  const names = new Map(
    [...rulesOf(kinesis), ...wireRulesOf(wire), ...pushRulesOf(push)].map(({ name, rule }) => {
      return [emulator.faults.add(rule).id, name] as const;
    }),
  );
  return () => {
    for (const { hits, id } of emulator.faults.list()) {
      const name = names.get(id) ?? EXPIRED;
      // Most listings of before are no other than those of now.
      if (name !== STALE) faults.add(name, hits);
    }
    emulator.faults.clear();
  };
}

function rulesOf(odds: KinesisOdds): NamedRule[] {
  const { internalFailure, refusedCarrier, sparseRead, staleListing, staleMs, throttledRead } =
    odds;
  const PUT = "PutRecords";
  return [
    chanceRule("kinesis: entries failed", refusedCarrier, PUT, {
      kind: "failRecords",
      fraction: 0.5,
    }),
    chanceRule("kinesis: entries throttled", refusedCarrier, PUT, { kind: "throttle", share: 0.5 }),
    chanceRule("kinesis: reads throttled", throttledRead, ["GetRecords", "GetShardIterator"], {
      kind: "throttle",
    }),
    chanceRule("kinesis: empty pages", sparseRead, "GetRecords", {
      kind: "sparseReads",
      maxRecords: 0,
    }),
    chanceRule("kinesis: sparse pages", sparseRead, "GetRecords", {
      kind: "sparseReads",
      maxRecords: 1,
    }),
    chanceRule(STALE, staleListing, "ListShards", { kind: "staleShardMap", ms: staleMs }),
    chanceRule("kinesis: unavailable", internalFailure, [], { kind: "unavailable" }),
  ].flat();
}
