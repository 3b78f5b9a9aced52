// Pure: what is known about a stream, from its description or for want of one, and what follows from it.
import { type Distribution, RECORD_LIMITS, type StreamSummary } from "@shardline/core";
import type { ProducerSettings } from "../settings.ts";

/** What a producer goes by. */
export interface StreamFacts {
  /** Who places records. */
  readonly distribution: Distribution;
  /** Data and partition key of one record. */
  readonly maxRecordBytes: number;
  /** Absent until the stream was described. */
  readonly openShardCount?: number;
  /** Epoch ms; tells a stream from its predecessor of the same name. Absent until the stream was described. */
  readonly createdAtMs?: number;
}

/** Where records wait for each other: by shard, by hash key, or all together because it makes no difference. */
export type Placement = "shard" | "hash-key" | "anywhere";

type AboutStream = Pick<ProducerSettings, "distribution" | "maxRecordBytes">;

/** What stands until the stream was described. */
export function assumedFacts({ distribution, maxRecordBytes }: AboutStream): StreamFacts {
  return {
    distribution: distribution === "detect" ? "partition-key" : distribution,
    maxRecordBytes: maxRecordBytes === "auto" ? RECORD_LIMITS.defaultMaxBytes : maxRecordBytes,
  };
}

/** What a description tells, as far as the options leave it open. */
export function describedFacts(summary: StreamSummary, settings: AboutStream): StreamFacts {
  const { createdAtMs, openShardCount } = summary;
  return {
    distribution: settings.distribution === "detect" ? summary.distribution : settings.distribution,
    maxRecordBytes:
      settings.maxRecordBytes === "auto" ? summary.maxRecordBytes : settings.maxRecordBytes,
    openShardCount,
    createdAtMs,
  };
}

/** Where records wait for each other. */
export function placementOf(settings: ProducerSettings, distribution: Distribution): Placement {
  const { aggregation, ordering, rateLimit } = settings;
  if (distribution === "service-managed") return "anywhere";
  if (aggregation !== false) return aggregation.scope;
  return ordering === "none" && rateLimit === false ? "anywhere" : "shard";
}

/** Whether the shards have to be known: to predict a record's, to meter it, or to see who places aggregates. */
export function needsShardMap(settings: ProducerSettings, distribution: Distribution): boolean {
  const placement = placementOf(settings, distribution);
  const isInDoubt = settings.rateLimit !== false || settings.distribution === "detect";
  return placement === "shard" || (placement === "hash-key" && isInDoubt);
}
