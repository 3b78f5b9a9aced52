// Pure: what a stream takes, by what is known about it.
import { RECORD_LIMITS } from "@shardline/core";
import type { ProducerSettings } from "../settings.ts";
import type { StreamFacts } from "./stream-facts.ts";

/** What a stream takes. */
export interface StreamLimits {
  /** Data and partition key of one record. */
  readonly maxRecordBytes: number;
  /** Whether records may be put without a partition key. */
  readonly isKeyOptional: boolean;
}

/** What a stream of which that is known takes. */
export function limitsOf({ distribution, maxRecordBytes }: StreamFacts): StreamLimits {
  return { maxRecordBytes, isKeyOptional: distribution === "service-managed" };
}

/** The most that it could turn out to take, as far as the options leave it open. */
export function widestLimitsOf({
  distribution,
  maxRecordBytes,
}: Pick<ProducerSettings, "distribution" | "maxRecordBytes">): StreamLimits {
  return {
    maxRecordBytes: maxRecordBytes === "auto" ? RECORD_LIMITS.maxBytes : maxRecordBytes,
    isKeyOptional: distribution !== "partition-key",
  };
}
