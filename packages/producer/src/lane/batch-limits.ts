// How much one PutRecords call may hold, derived from the options.
import type { ProducerSettings } from "../settings.ts";
import type { BatchLimits } from "./batch-plan.ts";

/** Records that fall due within this share of the delay go along with a call that leaves anyway, as in the KPL. */
const LINGER_SHARE = 0.2;
const MAX_LINGER_MS = 50;

/** Derives the limits of calls. */
export function batchLimitsOf({ batch }: ProducerSettings): BatchLimits {
  return { ...batch, lingerMs: Math.min(MAX_LINGER_MS, batch.maxDelayMs * LINGER_SHARE) };
}
