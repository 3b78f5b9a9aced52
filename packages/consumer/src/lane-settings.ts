// What the options `concurrency`, `ordering` and `window` come to, with what they ask of each other.
import { type Check, group, integer, optional } from "@shardline/core";
import type { RecordOrdering } from "./lane-options.ts";
import type { LaneRules } from "./lanes/lane-rules.ts";
import type { WindowLimits } from "./lanes/window.ts";

/** Beyond it a process has other limits. */
export const MAX_CONCURRENCY = 1000;

const WINDOW_RECORDS = 10_000;
const WINDOW_BYTES = 16_777_216;
const WINDOW_SPAN_RECORDS = 100_000;

const count: Check<number> = integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const parts = group({
  maxRecords: optional(count),
  maxBytes: optional(count),
  maxSpanRecords: optional(count),
});

export const windowLimits: Check<WindowLimits> = (value, path, problems) => {
  const window = parts(value, path, problems);
  const maxRecords = window.maxRecords ?? WINDOW_RECORDS;
  const maxSpanRecords = window.maxSpanRecords ?? Math.max(WINDOW_SPAN_RECORDS, maxRecords);
  if (maxSpanRecords < maxRecords) {
    problems.push(`${path}.maxSpanRecords must not be less than ${path}.maxRecords`);
  }
  return Object.freeze({ maxRecords, maxBytes: window.maxBytes ?? WINDOW_BYTES, maxSpanRecords });
};

/** What is wrong with them together, if anything is. */
export function laneProblem({
  concurrency,
  ordering,
  window,
}: {
  readonly concurrency: number;
  readonly ordering: RecordOrdering;
  readonly window: WindowLimits;
}): string | undefined {
  if (concurrency > 1 && ordering === "shard") {
    return 'concurrency above 1 needs ordering "partition-key" or "none": in the order of the shard there is one call at a time';
  }
  return window.maxRecords < concurrency
    ? "window.maxRecords must not be less than concurrency"
    : undefined;
}

/** `undefined` where batches are handed out one after the other. */
export function laneRulesOf({
  batch,
  ordering,
  ...rules
}: Omit<LaneRules, "limits" | "ordering"> & {
  readonly ordering: RecordOrdering;
  readonly batch: LaneRules["limits"];
}): LaneRules | undefined {
  return ordering === "shard" ? undefined : { ...rules, ordering, limits: batch };
}
