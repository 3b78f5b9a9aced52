// How much one PutRecords call may hold, derived from the options and from how lanes behave.
import type { ProducerSettings } from "../settings.ts";
import type { BatchLimits } from "./batch-plan.ts";
import type { LanePolicy } from "./lane-policy.ts";

/** Records that fall due within this share of the delay go along with a call that leaves anyway, as in the KPL. */
const LINGER_SHARE = 0.2;
const MAX_LINGER_MS = 50;

/** Derives the limits of calls. */
export function batchLimitsOf({ batch }: ProducerSettings, policy: LanePolicy): BatchLimits {
  const { lingerMs, maxBytes, maxDelayMs, maxRecords } = batch;
  const naturalLingerMs = Math.min(MAX_LINGER_MS, maxDelayMs * LINGER_SHARE);
  return {
    maxRecords,
    maxBytes,
    maxBytesPerShare: policy.maxBytesPerBatch,
    lingerMs: lingerMs === "auto" ? naturalLingerMs : lingerMs,
  };
}
