import { type HashKeyRange, MAX_HASH_KEY } from "@shardline/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { uniformRanges } from "../src/stream/hash-ranges.ts";
import { reshardPlan } from "../src/stream/reshard-plan.ts";

/** Ranges that cover the hash space, cut at some keys. */
const coverings: fc.Arbitrary<HashKeyRange[]> = fc
  .uniqueArray(fc.bigInt({ min: 1n, max: MAX_HASH_KEY }), { maxLength: 12 })
  .map((cuts) => {
    const starts = [0n, ...cuts.sort((a, b) => (a < b ? -1 : 1))];
    return starts.map((start, i) => ({ start, end: (starts[i + 1] ?? MAX_HASH_KEY + 1n) - 1n }));
  });

test("the steps of a plan, taken one by one, lead from any ranges to the targets", () => {
  fc.assert(
    fc.property(coverings, fc.integer({ min: 1, max: 24 }), (ranges, count) => {
      const open = new Map(ranges.map(({ start, end }) => [start, end]));
      for (const step of reshardPlan(ranges, uniformRanges(count))) {
        if (step.kind === "split") {
          const end = open.get(step.start);
          expect(end !== undefined && step.start < step.at && step.at <= end).toBe(true);
          open.set(step.start, step.at - 1n);
          open.set(step.at, end as bigint);
        } else {
          expect(open.get(step.left)).toBe(step.right - 1n);
          open.set(step.left, open.get(step.right) as bigint);
          open.delete(step.right);
        }
      }
      const reached = [...open].map(([start, end]) => ({ start, end }));
      expect(reached.sort((a, b) => (a.start < b.start ? -1 : 1))).toEqual(uniformRanges(count));
    }),
  );
});

test("ranges that are uniform already need no step", () => {
  expect(reshardPlan(uniformRanges(7), uniformRanges(7))).toEqual([]);
});
