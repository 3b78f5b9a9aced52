// Hash key ranges as the service writes them: two decimals.
import type { HashKeyRange as WireHashKeyRange } from "@aws-sdk/client-kinesis";
import { type HashKeyRange, parseExplicitHashKey } from "@shardline/core";
import { expectAnswer } from "./answer-mismatch.ts";

/** Reads a range; `undefined` stays so, as on shards of service-managed streams. */
export function readHashKeyRange(wire: WireHashKeyRange | undefined): HashKeyRange | undefined {
  if (wire === undefined) return undefined;
  const start = parseExplicitHashKey(wire.StartingHashKey ?? "");
  const end = parseExplicitHashKey(wire.EndingHashKey ?? "");
  expectAnswer(start !== undefined && end !== undefined, "a hash key range is not of decimals");
  return { start, end };
}
