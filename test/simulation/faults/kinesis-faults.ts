// The faults inside Kinesis, as rules of the emulator, and how often they fired. Beside them stand those of its wire, in
// worlds that have one; whatever else hides from a process whether a call took effect is the network's part.
import type { Emulator, FaultInput } from "@shardline/emulator";
import type { KinesisOdds, Odds } from "../odds.ts";
import { chanceRule } from "./chance-rule.ts";
import type { FaultCounts } from "./fault-counts.ts";
import { wireRulesOf } from "./wire-faults.ts";

/** Arms them; the returned function disarms them and counts. */
export function armKinesisFaults(
  emulator: Emulator,
  { kinesis, wire }: Pick<Odds, "kinesis" | "wire">,
  faults: FaultCounts,
): () => void {
  for (const rule of [...rulesOf(kinesis), ...wireRulesOf(wire)]) emulator.faults.add(rule);
  return () => {
    for (const { hits, rule } of emulator.faults.list()) faults.add(rule.effect.kind, hits);
    emulator.faults.clear();
  };
}

function rulesOf(odds: KinesisOdds): FaultInput[] {
  const { internalFailure, refusedCarrier, sparseRead, staleListing, staleMs, throttledRead } =
    odds;
  const PUT = "PutRecords";
  return [
    chanceRule(refusedCarrier, PUT, { kind: "failRecords", fraction: 0.5 }),
    chanceRule(refusedCarrier, PUT, { kind: "throttle", share: 0.5 }),
    chanceRule(throttledRead, ["GetRecords", "GetShardIterator"], { kind: "throttle" }),
    chanceRule(sparseRead, "GetRecords", { kind: "sparseReads", maxRecords: 0 }),
    chanceRule(sparseRead, "GetRecords", { kind: "sparseReads", maxRecords: 1 }),
    chanceRule(staleListing, "ListShards", { kind: "staleShardMap", ms: staleMs }),
    chanceRule(internalFailure, [], { kind: "unavailable" }),
  ].flat();
}
