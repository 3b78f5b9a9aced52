// The faults inside Kinesis, as rules of the emulator, and how often they fired. What hides from the world's eyes whether
// a call took effect is not among them: that is the network's part.
import type { Emulator, FaultInput } from "@shardline/emulator";
import type { KinesisOdds } from "../odds.ts";
import type { FaultCounts } from "./fault-counts.ts";

/** Arms them; the returned function disarms them and counts. */
export function armKinesisFaults(
  emulator: Emulator,
  odds: KinesisOdds,
  faults: FaultCounts,
): () => void {
  for (const rule of rulesOf(odds)) emulator.faults.add(rule);
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
    rule(refusedCarrier, PUT, { kind: "failRecords", fraction: 0.5 }),
    rule(refusedCarrier, PUT, { kind: "throttle", share: 0.5 }),
    rule(throttledRead, ["GetRecords", "GetShardIterator"], { kind: "throttle" }),
    rule(sparseRead, "GetRecords", { kind: "sparseReads", maxRecords: 0 }),
    rule(sparseRead, "GetRecords", { kind: "sparseReads", maxRecords: 1 }),
    rule(staleListing, "ListShards", { kind: "staleShardMap", ms: staleMs }),
    rule(internalFailure, [], { kind: "unavailable" }),
  ].flat();
}

/** Rules of a chance of zero do not exist. */
function rule(
  probability: number,
  operations: string | readonly string[],
  effect: Exclude<FaultInput, { preset: unknown }>["effect"],
): FaultInput[] {
  if (probability === 0) return [];
  const match = operations.length === 0 ? { probability } : { operations, probability };
  return [{ effect, match }];
}
