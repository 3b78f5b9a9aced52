// The suite "codec": aggregates in and out, their digests, and the hash of a partition key.
import type { Comparison } from "../suite.ts";
import { decodeComparisons } from "./decode.ts";
import { digestsComparison } from "./digests.ts";
import { encodeComparison } from "./encode.ts";
import { TRAFFICS } from "./inputs.ts";
import { partitionKeyComparison } from "./partition-key.ts";

/** Aggregation with its goals G1 to G4, then what only informs. */
export async function* codec(): AsyncGenerator<Comparison> {
  for (const traffic of TRAFFICS) yield encodeComparison(traffic);
  for (const traffic of TRAFFICS) yield* decodeComparisons(traffic);
  for (const count of [2, 3, 5, 16]) yield digestsComparison(count);
  for (const keyLength of [15, 36]) yield partitionKeyComparison(keyLength);
}
