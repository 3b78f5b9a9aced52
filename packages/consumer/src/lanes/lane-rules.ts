// Under which rules the records of a shard are handled side by side.
import type { BatchLimits } from "../batch/batch-builder.ts";
import type { WindowLimits } from "./window.ts";

export interface LaneRules {
  /** Records of one key never side by side, or any with any. */
  readonly ordering: "partition-key" | "none";
  /** Calls of the handler at a time. */
  readonly concurrency: number;
  readonly window: WindowLimits;
  /** Of what one call gets. */
  readonly limits: BatchLimits;
}

/** Records are taken out of a fetch so many at a time where a call is not to get them as they are. */
const MAX_STEP_RECORDS = 1000;

/** Without an order of keys a call gets a batch as it was cut: small enough for as many calls as there may be. */
export function laneLimits({ concurrency, limits, ordering, window }: LaneRules): BatchLimits {
  if (ordering === "partition-key") return limits;
  const share = (whole: number): number => Math.max(1, Math.floor(whole / concurrency));
  return {
    maxRecords: Math.min(limits.maxRecords, share(window.maxRecords)),
    maxBytes: Math.min(limits.maxBytes, share(window.maxBytes)),
  };
}

/** How the records of a fetch are cut before they are taken up. */
export function cutLimits(rules: LaneRules): BatchLimits {
  if (takesWhole(rules)) return laneLimits(rules);
  const { maxBytes, maxRecords } = rules.window;
  return { maxBytes, maxRecords: Math.min(maxRecords, MAX_STEP_RECORDS) };
}

/** Whether what was cut goes to one call. */
export function takesWhole({ limits, ordering }: LaneRules): boolean {
  return ordering === "none" && limits.maxRecords > 1;
}
