// Digests of several aggregates: written together, and one by one with crypto, which is what people use otherwise.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeDigests } from "@shardline/aggregation";
import { cpuTime } from "../cpu-time.ts";
import type { Comparison } from "../suite.ts";
import { digestOf } from "./floor.ts";

const AGGREGATE_BYTES = 51_200;
const DIGEST_BYTES = 16;

/** So many aggregates of 50 KB. Nothing depends on the outcome but from how many on they are hashed side by side. */
export function digestsComparison(count: number): Comparison {
  const aggregates = Array.from({ length: count }, () => randomBytes(AGGREGATE_BYTES));
  const onAggregates = (run: (all: readonly Buffer[]) => unknown): (() => number) =>
    cpuTime({ units: count, prepare: () => aggregates, run });
  return {
    title: `digests, ${count} aggregates of ${AGGREGATE_BYTES} bytes`,
    unit: "µs per aggregate",
    variants: [
      { name: "writeDigests", role: "ours", sample: onAggregates(writeDigests) },
      {
        name: "crypto, one by one",
        role: "peer",
        sample: onAggregates((all) => all.map(digestOf)),
      },
    ],
    goals: [],
    check: () => {
      writeDigests(aggregates);
      for (const aggregate of aggregates) {
        assert.deepEqual(aggregate.subarray(-DIGEST_BYTES), digestOf(aggregate));
      }
    },
  };
}
