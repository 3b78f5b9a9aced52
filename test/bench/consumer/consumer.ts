// The suite "consumer": what an answer to GetRecords costs the process that reads, up to its user records and up to a
// handler, beside what people use otherwise.
import type { Comparison } from "../suite.ts";
import { concurrencyComparison } from "./concurrency.ts";
import { contest } from "./contest.ts";
import { G12, G13, G14_AGG, G14_PLAIN, G16 } from "./goals.ts";
import { LOADS } from "./load.ts";
import { memoryComparison } from "./memory.ts";
import type { VariantName } from "./variants.ts";

/** The goals G12 to G14, G16 for a poll that brings nothing, the byte budget, and handlers side by side. */
export async function* consumer(): AsyncGenerator<Comparison> {
  yield* contest({
    load: LOADS.agg,
    names: [...LARGE, "SDK and aws-kinesis-agg", "raw HTTP/1.1 and MD5"],
    goals: G12,
    stallGoals: G14_AGG,
  });
  yield* contest({
    load: LOADS["1kb"],
    names: [...LARGE, "raw HTTP/1.1 and MD5"],
    goals: G13,
    stallGoals: G14_PLAIN,
  });
  yield* contest({
    load: LOADS.empty,
    names: [...CALLS, "raw HTTP/1.1 and MD5"],
    goals: G16,
    stallGoals: [],
  });
  yield* memoryComparison();
  yield concurrencyComparison();
}

const CALLS: readonly VariantName[] = [
  "the wire",
  "the wire, CBOR",
  "by the SDK's send",
  "SDK",
  "SDK, HTTP/1.1",
];
const LARGE: readonly VariantName[] = [...CALLS, "consumer, CBOR"];
