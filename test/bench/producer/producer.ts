// The suite "producer": what a record costs its caller's process from `put` to its receipt, beside what people use
// otherwise.
import { havePeers } from "../peers-folder.ts";
import type { Comparison } from "../suite.ts";
import { contest } from "./contest.ts";
import { G7, G8, G9, G10 } from "./goals.ts";
import { memoryComparisons } from "./memory.ts";
import { TRAFFICS } from "./traffic.ts";
import type { VariantName } from "./variants.ts";

/** The goals G7 to G11. */
export async function* producer(): AsyncGenerator<Comparison> {
  yield* contest({
    traffic: TRAFFICS.keys20,
    transport: "plain",
    names: [
      "write()",
      "write(), unordered",
      "putMany()",
      "putMany(), unordered",
      "put(), 40k",
      "put(), 40k, unordered",
      "put(), 15k",
      "put(), 15k, unordered",
      "ready() and await put(), 40k",
      ...OTHERS,
      ...peers("SDK, tuned", "lifion-kinesis", ...AGGREGATING),
    ],
    goals: [...G7, ...G8],
  });
  yield* contest({
    traffic: TRAFFICS.unique,
    transport: "plain",
    names: [
      "write()",
      "write(), unordered",
      "put(), 40k",
      ...OTHERS,
      ...peers("lifion-kinesis", ...AGGREGATING),
    ],
    goals: G9,
  });
  yield* contest({
    traffic: TRAFFICS["1kb"],
    transport: "plain",
    names: [
      "write()",
      "write(), unordered",
      "put(), 40k",
      "put(), 40k, unordered",
      ...OTHERS,
      ...peers("lifion-kinesis", ...AGGREGATING),
    ],
    goals: G10,
  });
  yield* memoryComparisons();
}

const OTHERS: readonly VariantName[] = ["MD5 and a copy", "ready bytes, HTTP/1.1", "SDK"];
const AGGREGATING: readonly VariantName[] = [
  "aws-kinesis-agg and SDK",
  "aws-kinesis-agg and SDK, tuned",
];

/** Left out where the peers are not installed, so that the suite is done in half the time. */
function peers(...names: readonly VariantName[]): readonly VariantName[] {
  return havePeers() ? names : [];
}
